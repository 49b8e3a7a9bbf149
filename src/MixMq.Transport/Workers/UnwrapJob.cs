using System.Runtime.InteropServices;
using MixMq.Overlay;
using MixMq.Sphinx;

namespace MixMq.Transport.Workers;

/// <summary>A packet to be unwrapped, owned by whoever reads this, and the keys it may be for.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct UnwrapJob(PacketBuffer Packet, ReadOnlyMemory<MixKey> Candidates);
