namespace MixMq.Overlay.Topology;

/// <summary>Where a <see cref="Want"/> is; it stands in one place at a time.</summary>
internal enum WantState
{
    /// <summary>In the queue of what may be asked next.</summary>
    Queued,

    /// <summary>Until its origin has a token.</summary>
    Later,

    /// <summary>Until another neighbour, who is being asked for the same record, has answered.</summary>
    Waiting,

    /// <summary>In the neighbour's outstanding pull.</summary>
    Asked,

    /// <summary>Not wanted any more.</summary>
    Dropped,
}
