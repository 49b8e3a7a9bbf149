using System.Collections.Immutable;
using MixMq.Overlay.Admission;
using MixMq.Sphinx;

namespace MixMq.Overlay.Topology;

/// <summary>What a <see cref="TopologyCore"/> is built from. Immutable.</summary>
public sealed record TopologyOptions
{
    /// <summary>What all nodes of the network agree on.</summary>
    public required NetworkParameters Network { get; init; }

    /// <summary>What the network's authorities say; null: the network has none, as far as this node was told, and is open.</summary>
    public AdmissionOptions? Admission { get; init; }

    /// <summary>The node's own address.</summary>
    public required NodeAddress Own { get; init; }

    /// <summary>Whether this node relays packets for others.</summary>
    public required bool Relays { get; init; }

    /// <summary>Whether others may dial this node, at the start.</summary>
    public bool Reachable { get; init; }

    /// <summary>Endpoints to publish, host and port as others would dial them; empty: none. In any order, without repetition.</summary>
    public ImmutableArray<string> PublicEndpoints { get; init; } = [];

    /// <summary>Bytes of content in one topology cell; the same for all nodes of a network. At least 64.</summary>
    public required int MaxCellContent { get; init; }

    /// <summary>How long an own record is valid, in milliseconds: 10 s to <see cref="TopologyLimits.MaxLifetimeMillis"/>.</summary>
    public long RecordLifetimeMillis { get; init; } = 3_600_000;

    /// <summary>Most origins in the database, at least 2; the own record has room beside them.</summary>
    public int RecordLimit { get; init; } = 4096;
}
