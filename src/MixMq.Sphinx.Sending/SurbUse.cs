namespace MixMq.Sphinx.Sending;

/// <summary>What became of an attempt to use a SURB.</summary>
public enum SurbUse
{
    /// <summary>The packet is built; its own hop 0 must still be unwrapped here.</summary>
    Built = 0,

    /// <summary>The SURB hasn't this network's SURB size.</summary>
    WrongLength,

    /// <summary>Its version is unknown.</summary>
    WrongVersion,

    /// <summary>Its expiry has come.</summary>
    Expired,

    /// <summary>The message is longer than a reply's room.</summary>
    MessageTooLong,
}
