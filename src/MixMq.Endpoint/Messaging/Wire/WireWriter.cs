using System.Buffers.Binary;
using MixMq.Sphinx;

namespace MixMq.Endpoint.Messaging.Wire;

/// <summary>Writes little-endian fields into room that the caller has measured.</summary>
internal ref struct WireWriter(Span<byte> room)
{
    private readonly Span<byte> _room = room;

    public int Length { get; private set; }

    public readonly int Left => _room.Length - Length;

    public readonly Span<byte> Written => _room[..Length];

    public Span<byte> Take(int count)
    {
        var taken = _room.Slice(Length, count);
        Length += count;
        return taken;
    }

    public void Byte(byte value) => Take(1)[0] = value;

    public void UInt16(ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(Take(2), value);

    public void UInt32(uint value) => BinaryPrimitives.WriteUInt32LittleEndian(Take(4), value);

    public void UInt64(ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(Take(8), value);

    public void Bytes(scoped ReadOnlySpan<byte> value) => value.CopyTo(Take(value.Length));

    public void Address(NodeAddress value) => value.CopyTo(Take(NodeAddress.ByteLength));

    public void Id(ConversationId value) => value.CopyTo(Take(ConversationId.ByteCount));

    public void Id(MessageId value) => value.CopyTo(Take(MessageId.ByteCount));
}
