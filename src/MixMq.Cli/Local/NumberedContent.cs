using System.Buffers.Binary;
using System.Security.Cryptography;

namespace MixMq.Cli.Local;

/// <summary>
/// A message's content that says by itself which message it is, so that loss, doubling, disorder and a single changed bit are found from
/// what was received alone:
/// <code>magic[4] ‖ pair u32 ‖ sequence u32 ‖ size u32 ‖ SHAKE256(seed ‖ the 16 bytes before)</code>
/// </summary>
internal static class NumberedContent
{
    public const int HeaderBytes = 16;
    private const uint Magic = 0x4d4d5144; // "MMQD"

    /// <summary>Makes the content of a message.</summary>
    /// <param name="seed">The run's own random seed: contents of an earlier run don't pass for this one's.</param>
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
            using var stream = new Shake256();
            stream.AppendData(seed);
            stream.AppendData(content.AsSpan(0, HeaderBytes));
            stream.GetHashAndReset(content.AsSpan(HeaderBytes));
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
}
