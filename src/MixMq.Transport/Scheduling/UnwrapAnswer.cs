using System.Runtime.InteropServices;
using MixMq.Overlay;
using MixMq.Sphinx;

namespace MixMq.Transport.Scheduling;

/// <summary>An unwrapped packet on its way back to the core; owned by whoever reads this. No packet: unwrapping it failed by a bug of ours.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct UnwrapAnswer(PacketBuffer? Packet, UnwrapResult Result);
