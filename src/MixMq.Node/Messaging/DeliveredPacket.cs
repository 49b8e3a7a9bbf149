using System.Runtime.InteropServices;
using MixMq.Overlay;

namespace MixMq.Node.Messaging;

/// <summary>A packet that ended here; who holds this owns the buffer and returns it.</summary>
/// <param name="Buffer">The buffer.</param>
/// <param name="Offset">Of the message within the packet.</param>
/// <param name="Length">Of the message.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct DeliveredPacket(PacketBuffer Buffer, int Offset, int Length)
{
    internal ReadOnlySpan<byte> Message => Buffer.Packet.Slice(Offset, Length);
}
