using System.Buffers.Binary;

namespace MixMq.Sphinx.Sending;

/// <summary>Writes a lane's plaintext, <c>u32 length ‖ message ‖ zeros</c>; <see cref="PaddedMessage"/> reads it.</summary>
internal static class LaneText
{
    internal static void Write(ReadOnlySpan<byte> message, Span<byte> lane)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(lane, (uint)message.Length);
        message.CopyTo(lane[PacketFormat.LengthBytes..]);
        lane[(PacketFormat.LengthBytes + message.Length)..].Clear();
    }
}
