using System.Buffers.Binary;
using System.Runtime.InteropServices;
using MixMq.Crypto;

namespace MixMq.Endpoint.Messaging;

/// <summary>
/// One start of a node, as its correspondents tell it from its other starts: a store can be put back from a copy without the node's noticing, so every start counts as another one.
/// </summary>
/// <param name="Number">Unix milliseconds of the start, or more where a correspondent knows a greater one; below 2^62. 0 with nonce 0: none; 0 with another: no start, but a question (spec/07 §19).</param>
/// <param name="Nonce">Random; tells two starts of one number apart.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct Incarnation(ulong Number, UInt128 Nonce)
{
    /// <summary>Bytes of number and nonce.</summary>
    public const int ByteCount = 8 + NonceBytes;

    /// <summary>Bytes of a nonce.</summary>
    public const int NonceBytes = 16;

    internal const ulong GreatestNumber = (1UL << 62) - 1;

    /// <summary>No start of which is known.</summary>
    public static Incarnation None => default;

    /// <summary>Takes an incarnation from its stored or wire form: number, little-endian, then nonce.</summary>
    /// <param name="bytes">Exactly 24 bytes.</param>
    /// <exception cref="ArgumentException">Another length.</exception>
    public static Incarnation FromBytes(ReadOnlySpan<byte> bytes) => bytes.Length == ByteCount
        ? new(BinaryPrimitives.ReadUInt64LittleEndian(bytes), BinaryPrimitives.ReadUInt128BigEndian(bytes[8..]))
        : throw new ArgumentException("An incarnation has 24 bytes.", nameof(bytes));

    /// <summary>Writes the 24 bytes.</summary>
    public void CopyTo(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(destination, Number);
        BinaryPrimitives.WriteUInt128BigEndian(destination[8..], Nonce);
    }

    /// <summary>The 24 bytes in an array of its own, for the store.</summary>
    public byte[] ToArray()
    {
        var bytes = new byte[ByteCount];
        CopyTo(bytes);
        return bytes;
    }

    /// <summary>Whether this start came after another one, as far as their numbers tell.</summary>
    public bool IsAfter(in Incarnation other) => Number > other.Number;

    /// <summary>No start, but a question of a sender's: the nonce stands in its answer.</summary>
    internal bool IsQuestion => Number == 0 && Nonce != 0;

    /// <summary>A new question.</summary>
    internal static Incarnation DrawQuestion(IRandomSource random) => new(0, DrawNonce(random) | 1);

    internal static UInt128 DrawNonce(IRandomSource random)
    {
        Span<byte> bytes = stackalloc byte[NonceBytes];
        random.Fill(bytes);
        return BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }
}
