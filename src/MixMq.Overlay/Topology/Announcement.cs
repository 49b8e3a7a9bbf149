using System.Runtime.InteropServices;
using MixMq.Sphinx;

namespace MixMq.Overlay.Topology;

/// <summary>That a neighbour holds a record. Nothing in it is verified.</summary>
/// <param name="Address">The record's origin.</param>
/// <param name="Sequence">The record's sequence.</param>
/// <param name="Hash">The record's hash.</param>
/// <param name="IsEvidence">Whether it is one of two records that contradict each other.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Announcement(NodeAddress Address, ulong Sequence, RecordHash Hash, bool IsEvidence);
