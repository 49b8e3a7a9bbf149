using MixMq.Simulation.Invariants;
using MixMq.Simulation.Observation;

namespace MixMq.Simulation.Swarm;

/// <summary>What came of one seed.</summary>
public sealed record SeedReport
{
    public required long Seed { get; init; }

    /// <summary>The hash of everything that happened.</summary>
    public required UInt128 Hash { get; init; }

    public required double VirtualSeconds { get; init; }

    /// <summary>Whether the real cryptography was used.</summary>
    public required bool Real { get; init; }

    /// <summary>The draw in a line: which faults, which sizes.</summary>
    public required string Draw { get; init; }

    /// <summary>Messages that were durable at their senders.</summary>
    public required int Messages { get; init; }

    /// <summary>When revoked addresses were last on a path.</summary>
    public RevocationFigures Revocations { get; init; }

    /// <summary>Keys that were changed.</summary>
    public int KeyChanges { get; init; }

    public required Marks Marks { get; init; }

    /// <summary>The invariant that didn't hold; null: all held.</summary>
    public string? Invariant { get; init; }

    /// <summary>What was seen, where an invariant didn't hold.</summary>
    public string What { get; init; } = "";

    /// <summary>The last entries of the trace, where they were asked for.</summary>
    public IReadOnlyList<string> LastEvents { get; init; } = [];
}
