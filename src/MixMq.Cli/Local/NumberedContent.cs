using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace MixMq.Cli.Local;

/// <summary>
/// A message's content that says by itself which message it is, so that loss, doubling, disorder and a single changed bit are found from
/// what was received alone:
/// <code>magic[4] ‖ pair u32 ‖ sequence u32 ‖ size u32 ‖ xoshiro256**, its state SHA-256(seed ‖ the 16 bytes before)</code>
/// A fast generator, because a benchmark makes and checks contents too, and that is no cost of messages.
/// </summary>
internal static class NumberedContent
{
    public const int HeaderBytes = 16;
    private const uint Magic = 0x4d4d5144; // "MMQD"

    /// <summary>Makes the content of a message.</summary>
    /// <param name="seed">The run's own random seed, at most 64 bytes: contents of an earlier run don't pass for this one's.</param>
    /// <param name="pair">Index of the direction.</param>
    /// <param name="sequence">The message's number in its direction, from 1.</param>
    /// <param name="size">At least <see cref="HeaderBytes"/>.</param>
    public static byte[] Create(ReadOnlySpan<byte> seed, int pair, int sequence, int size)
    {
        var content = new byte[size];
        BinaryPrimitives.WriteUInt32BigEndian(content, Magic);
        BinaryPrimitives.WriteInt32BigEndian(content.AsSpan(4), pair);
        BinaryPrimitives.WriteInt32BigEndian(content.AsSpan(8), sequence);
        BinaryPrimitives.WriteInt32BigEndian(content.AsSpan(12), size);
        if (size > HeaderBytes)
        {
            Span<byte> text = stackalloc byte[seed.Length + HeaderBytes];
            seed.CopyTo(text);
            content.AsSpan(0, HeaderBytes).CopyTo(text[seed.Length..]);
            Span<ulong> state = stackalloc ulong[SHA256.HashSizeInBytes / sizeof(ulong)];
            SHA256.HashData(text, MemoryMarshal.AsBytes(state));
            Generate(state, content.AsSpan(HeaderBytes));
        }

        return content;
    }

    /// <summary>Says which message it is; false: it is no content of this run, or not as it was made.</summary>
    public static bool TryIdentify(ReadOnlySpan<byte> seed, ReadOnlySpan<byte> content, out int pair, out int sequence)
    {
        pair = sequence = 0;
        if (content.Length < HeaderBytes
            || BinaryPrimitives.ReadUInt32BigEndian(content) != Magic
            || BinaryPrimitives.ReadInt32BigEndian(content[12..]) != content.Length)
        {
            return false;
        }

        pair = BinaryPrimitives.ReadInt32BigEndian(content[4..]);
        sequence = BinaryPrimitives.ReadInt32BigEndian(content[8..]);
        return content.SequenceEqual(Create(seed, pair, sequence, content.Length));
    }

    /// <summary>Source: Blackman and Vigna 2018, "Scrambled linear pseudorandom number generators".</summary>
    private static void Generate(Span<ulong> state, Span<byte> output)
    {
        Span<byte> last = stackalloc byte[sizeof(ulong)];
        while (output.Length > 0)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(last, BitOperations.RotateLeft(state[1] * 5, 7) * 9);
            var taken = Math.Min(output.Length, last.Length);
            last[..taken].CopyTo(output);
            output = output[taken..];
            var shifted = state[1] << 17;
            state[2] ^= state[0];
            state[3] ^= state[1];
            state[1] ^= state[2];
            state[0] ^= state[3];
            state[2] ^= shifted;
            state[3] = BitOperations.RotateLeft(state[3], 45);
        }
    }
}
