using System.Security.Cryptography;

namespace MixMq.Endpoint.Messaging.Wire;

/// <summary>
/// The tag of a frame, keyed by the conversation's secret: <c>SHAKE256(label ‖ secret ‖ part 1 ‖ part 2)</c>, first 16 bytes. Label, secret and
/// part 1 have fixed lengths.
/// </summary>
internal static class FrameTag
{
    public static void Compute(
        ReadOnlySpan<byte> label, ConversationSecret secret, ReadOnlySpan<byte> part1, ReadOnlySpan<byte> part2, Span<byte> tag)
    {
        using var hash = new Shake256();
        hash.AppendData(label);
        Span<byte> key = stackalloc byte[ConversationSecret.ByteCount];
        secret.CopyTo(key);
        hash.AppendData(key);
        hash.AppendData(part1);
        hash.AppendData(part2);
        hash.GetHashAndReset(tag[..MessagingConstants.TagBytes]);
    }

    public static bool Verify(
        ReadOnlySpan<byte> label, ConversationSecret secret, ReadOnlySpan<byte> part1, ReadOnlySpan<byte> part2, ReadOnlySpan<byte> tag)
    {
        Span<byte> expected = stackalloc byte[MessagingConstants.TagBytes];
        Compute(label, secret, part1, part2, expected);
        return CryptographicOperations.FixedTimeEquals(expected, tag);
    }
}
