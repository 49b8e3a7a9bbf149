using MixMq.Sphinx;

namespace MixMq.Overlay.Topology;

/// <summary>What the database holds of one origin: its newest record, or the two records by which it contradicts itself.</summary>
internal sealed class Origin(LinkStateRecord record, RecordSource source)
{
#pragma warning disable MA0069, CA1051 // A mutable struct must be a field.
    /// <summary>The pace to which the origin is held.</summary>
    public IntervalBucket Bucket;
#pragma warning restore MA0069, CA1051

    /// <summary>The newest record; of a quarantined origin the first of the two.</summary>
    public LinkStateRecord Record { get; set; } = record;

    /// <summary>The record that contradicts the first; null: the origin isn't quarantined.</summary>
    public LinkStateRecord? Second { get; set; }

    /// <summary>Whom it was first heard from.</summary>
    public RecordSource Source { get; set; } = source;

    /// <summary>Whether the record is in use: unexpired, and the origin not quarantined.</summary>
    public bool Live { get; set; }

    /// <summary>The least time under which it stands among the expiries, unix milliseconds.</summary>
    public long ExpiryQueued { get; set; } = long.MaxValue;

    public NodeAddress Address => Record.Address;

    public bool IsQuarantined => Second is not null;

    /// <summary>Whether it is announced, and counts in the digest.</summary>
    public bool IsShown => Live || IsQuarantined;
}
