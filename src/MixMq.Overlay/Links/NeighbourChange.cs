using System.Runtime.InteropServices;
using MixMq.Sphinx;

namespace MixMq.Overlay.Links;

/// <summary>What the topology must hear of a neighbour, after damping.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct NeighbourChange(NodeAddress Neighbour, NeighbourChangeKind Kind);
