namespace MixMq.Overlay.Map;

/// <summary>What a node makes of a successor statement that it holds.</summary>
public enum SuccessionUse
{
    /// <summary>The new address stands for the old one.</summary>
    InUse = 0,

    /// <summary>Its time hasn't come.</summary>
    NotYet,

    /// <summary>Another statement of its number names another successor: neither is used.</summary>
    Contradicted,

    /// <summary>It would lead back to an address that was given up.</summary>
    LeadsBack,

    /// <summary>The new address succeeds another one already.</summary>
    Merges,

    /// <summary>The row of successors would be longer than <see cref="MapLimits.MaxSuccessors"/>.</summary>
    TooMany,
}
