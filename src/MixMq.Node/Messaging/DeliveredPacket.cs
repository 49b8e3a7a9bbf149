using System.Runtime.InteropServices;
using MixMq.Overlay;
using MixMq.Sphinx;

namespace MixMq.Node.Messaging;

/// <summary>A packet that ended here; who holds this owns the buffer and returns it.</summary>
/// <param name="Buffer">The buffer.</param>
/// <param name="Offset">Of the message within the packet.</param>
/// <param name="Length">Of the message.</param>
/// <param name="Surb">Which SURB it answers; the message is lane B then. Null: none.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct DeliveredPacket(PacketBuffer Buffer, int Offset, int Length, SurbId? Surb)
{
    internal Span<byte> Message => Buffer.Packet.Slice(Offset, Length);
}
