using System.Collections.Immutable;
using MixMq.Sphinx;
#pragma warning disable CS1591, MA0048, MA0008, CA1051, CA1822
namespace MixMq.Overlay.Topology;
public sealed class TopologyNode { public NodeAddress Address; public ImmutableArray<(uint Epoch, MixPublicKey Key)> MixKeys; }
public sealed class TopologyView { public ImmutableArray<TopologyNode> Nodes; public bool TryFind(NodeAddress a, out int i) { i = -1; return false; } }
