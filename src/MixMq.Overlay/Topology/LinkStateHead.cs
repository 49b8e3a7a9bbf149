using System.Runtime.InteropServices;
using MixMq.Sphinx;

namespace MixMq.Overlay.Topology;

/// <summary>The fields of fixed place at the beginning of a record.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct LinkStateHead(
    NodeAddress Address, ulong Sequence, long IssuedUnixMillis, long ExpiresUnixMillis, LinkStateFlags Flags);
