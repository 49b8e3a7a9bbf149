using System.Buffers.Binary;
using MixMq.Crypto;

namespace MixMq.Endpoint.Messaging.Wire;

/// <summary>16 random bytes that name an exchange: a round of a view comparison, whose digests they make good for it alone, or a ping, to which they tie its answer.</summary>
internal readonly record struct ExchangeNonce(UInt128 Value)
{
    public const int ByteCount = 16;

    public static ExchangeNonce FromBytes(ReadOnlySpan<byte> bytes) => new(BinaryPrimitives.ReadUInt128BigEndian(bytes));

    public static ExchangeNonce Create(IRandomSource random)
    {
        Span<byte> bytes = stackalloc byte[ByteCount];
        random.Fill(bytes);
        return FromBytes(bytes);
    }

    public void CopyTo(Span<byte> destination) => BinaryPrimitives.WriteUInt128BigEndian(destination, Value);
}
