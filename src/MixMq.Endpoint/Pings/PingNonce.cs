using System.Buffers.Binary;
using MixMq.Crypto;

namespace MixMq.Endpoint.Pings;

/// <summary>16 random bytes that tie an answer to its ping.</summary>
internal readonly record struct PingNonce(UInt128 Value)
{
    public const int ByteCount = 16;

    public static PingNonce FromBytes(ReadOnlySpan<byte> bytes) => new(BinaryPrimitives.ReadUInt128BigEndian(bytes));

    public static PingNonce Create(IRandomSource random)
    {
        Span<byte> bytes = stackalloc byte[ByteCount];
        random.Fill(bytes);
        return FromBytes(bytes);
    }

    public void CopyTo(Span<byte> destination) => BinaryPrimitives.WriteUInt128BigEndian(destination, Value);
}
