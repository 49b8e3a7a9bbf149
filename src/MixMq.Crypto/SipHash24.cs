using System.Buffers.Binary;
using System.Numerics;

namespace MixMq.Crypto;

/// <summary>
/// SipHash-2-4 of exactly 16 bytes: the keyed hash that places hostile keys in a hash table.
/// </summary>
/// <remarks>
/// Reference: Aumasson, Bernstein, "SipHash: a fast short-input PRF", 2012, with its test vectors. Not for message authentication here.
/// <list type="table">
/// <listheader><term>value</term><description>bytes</description></listheader>
/// <item><term>key</term><description>16</description></item>
/// <item><term>input</term><description>16</description></item>
/// <item><term>output</term><description>8</description></item>
/// </list>
/// </remarks>
public static class SipHash24
{
    /// <summary>Length of key and of input.</summary>
    public const int InputBytes = 16;

    /// <summary>Hashes 16 bytes.</summary>
    /// <param name="key0">Key bytes 0 to 7, little-endian.</param>
    /// <param name="key1">Key bytes 8 to 15, little-endian.</param>
    /// <param name="input">16 bytes.</param>
    /// <returns>The hash.</returns>
    public static ulong Hash(ulong key0, ulong key1, ReadOnlySpan<byte> input)
    {
        Lengths.Require(input, InputBytes);
        var v0 = key0 ^ 0x736f6d6570736575UL;
        var v1 = key1 ^ 0x646f72616e646f6dUL;
        var v2 = key0 ^ 0x6c7967656e657261UL;
        var v3 = key1 ^ 0x7465646279746573UL;
        Absorb(ref v0, ref v1, ref v2, ref v3, BinaryPrimitives.ReadUInt64LittleEndian(input));
        Absorb(ref v0, ref v1, ref v2, ref v3, BinaryPrimitives.ReadUInt64LittleEndian(input[8..]));
        Absorb(ref v0, ref v1, ref v2, ref v3, (ulong)InputBytes << 56);
        v2 ^= 0xff;
        Round(ref v0, ref v1, ref v2, ref v3);
        Round(ref v0, ref v1, ref v2, ref v3);
        Round(ref v0, ref v1, ref v2, ref v3);
        Round(ref v0, ref v1, ref v2, ref v3);
        return v0 ^ v1 ^ v2 ^ v3;
    }

    private static void Absorb(ref ulong v0, ref ulong v1, ref ulong v2, ref ulong v3, ulong word)
    {
        v3 ^= word;
        Round(ref v0, ref v1, ref v2, ref v3);
        Round(ref v0, ref v1, ref v2, ref v3);
        v0 ^= word;
    }

    private static void Round(ref ulong v0, ref ulong v1, ref ulong v2, ref ulong v3)
    {
        unchecked
        {
            v0 += v1;
            v1 = BitOperations.RotateLeft(v1, 13) ^ v0;
            v0 = BitOperations.RotateLeft(v0, 32);
            v2 += v3;
            v3 = BitOperations.RotateLeft(v3, 16) ^ v2;
            v0 += v3;
            v3 = BitOperations.RotateLeft(v3, 21) ^ v0;
            v2 += v1;
            v1 = BitOperations.RotateLeft(v1, 17) ^ v2;
            v2 = BitOperations.RotateLeft(v2, 32);
        }
    }
}
