namespace MixMq.Sphinx.Sending;

/// <summary>What became of an attempt to make a packet or a SURB.</summary>
public enum WrapResult
{
    /// <summary>It is made.</summary>
    Wrapped = 0,

    /// <summary>The path has fewer hops than there must be: one, and two for a SURB.</summary>
    PathTooShort,

    /// <summary>The path has more hops than the network's geometry has slots.</summary>
    PathTooLong,

    /// <summary>A relay's delay is above the network's cap.</summary>
    DelayAboveCap,

    /// <summary>The message is longer than the lane's room.</summary>
    MessageTooLong,

    /// <summary>A mix key on the path is of small order; its record should have been refused.</summary>
    UnusableMixKey,
}
