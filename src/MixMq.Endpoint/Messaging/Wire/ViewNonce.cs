using System.Buffers.Binary;
using MixMq.Crypto;

namespace MixMq.Endpoint.Messaging.Wire;

/// <summary>16 random bytes that name a round of a view comparison and make its digests good for it alone.</summary>
internal readonly record struct ViewNonce(UInt128 Value)
{
    public const int ByteCount = 16;

    public static ViewNonce FromBytes(ReadOnlySpan<byte> bytes) => new(BinaryPrimitives.ReadUInt128BigEndian(bytes));

    public static ViewNonce Create(IRandomSource random)
    {
        Span<byte> bytes = stackalloc byte[ByteCount];
        random.Fill(bytes);
        return FromBytes(bytes);
    }

    public void CopyTo(Span<byte> destination) => BinaryPrimitives.WriteUInt128BigEndian(destination, Value);
}
