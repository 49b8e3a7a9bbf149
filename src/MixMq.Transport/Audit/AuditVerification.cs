using System.Collections.Immutable;

namespace MixMq.Transport.Audit;

/// <summary>What verifying an audit trail found.</summary>
public sealed record AuditVerification
{
    /// <summary>Whether the chain holds from the first line given to the last.</summary>
    public bool Holds => Faults.IsEmpty;

    /// <summary>Files read.</summary>
    public required int Files { get; init; }

    /// <summary>Lines that hold.</summary>
    public required long Lines { get; init; }

    /// <summary>Number of the first line; above 1: older files exist or are deleted, and aren't given.</summary>
    public required long FirstNumber { get; init; }

    /// <summary>Number of the last line that holds.</summary>
    public required long LastNumber { get; init; }

    /// <summary>Hash of that line, 64 lower-case hex digits; empty when there is none.</summary>
    public required string LastHash { get; init; }

    /// <summary>Bytes of an unfinished line at the very end: cut off by a crash, or being written.</summary>
    public required long TornBytes { get; init; }

    /// <summary>Where the chain breaks; empty when it holds.</summary>
    public required ImmutableArray<AuditFault> Faults { get; init; }
}
