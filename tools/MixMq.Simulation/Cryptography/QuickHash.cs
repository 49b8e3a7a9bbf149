using System.Buffers.Binary;
using System.Numerics;

namespace MixMq.Simulation.Cryptography;

/// <summary>
/// A keyed 128-bit hash at memory speed, by folded 64-bit products in two lanes. It isn't cryptographic: in a simulation nobody who doesn't have
/// the key tries to find a collision.
/// </summary>
public static class QuickHash
{
    private const ulong First = 0xA0761D6478BD642F;
    private const ulong Second = 0xE7037ED1A0B428DB;
    private const ulong Third = 0x8EBC6AF09C88C6E3;
    private const ulong Fourth = 0x589965CC75374CC3;

    public static UInt128 Hash(ReadOnlySpan<byte> data, ulong key0, ulong key1)
    {
        var a = key0 ^ First;
        var b = key1 ^ Second;
        var length = (ulong)data.Length;
        while (data.Length >= 32)
        {
            a = Fold(BinaryPrimitives.ReadUInt64LittleEndian(data) ^ Third, BinaryPrimitives.ReadUInt64LittleEndian(data[8..]) ^ a);
            b = Fold(BinaryPrimitives.ReadUInt64LittleEndian(data[16..]) ^ Fourth, BinaryPrimitives.ReadUInt64LittleEndian(data[24..]) ^ b);
            data = data[32..];
        }

        if (!data.IsEmpty)
        {
            Span<byte> rest = stackalloc byte[32];
            rest.Clear();
            data.CopyTo(rest);
            a = Fold(BinaryPrimitives.ReadUInt64LittleEndian(rest) ^ Third, BinaryPrimitives.ReadUInt64LittleEndian(rest[8..]) ^ a);
            b = Fold(BinaryPrimitives.ReadUInt64LittleEndian(rest[16..]) ^ Fourth, BinaryPrimitives.ReadUInt64LittleEndian(rest[24..]) ^ b);
        }

        var high = Fold(a ^ length ^ Second, BitOperations.RotateLeft(b, 32) ^ Third);
        var low = Fold(b ^ high ^ First, BitOperations.RotateLeft(a, 17) ^ Fourth);
        return new UInt128(high, low);
    }

    /// <summary>Both halves of a 128-bit product in one; a good mix of two numbers.</summary>
    public static ulong Fold(ulong x, ulong y)
    {
        var high = Math.BigMul(x, y, out ulong low);
        return high ^ low;
    }
}
