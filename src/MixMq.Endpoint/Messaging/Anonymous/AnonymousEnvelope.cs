using System.Security.Cryptography;
using System.Text;
using MixMq.Endpoint.Messaging.Wire;
using MixMq.Sphinx;

namespace MixMq.Endpoint.Messaging.Anonymous;

/// <summary>
/// What stands before an anonymous message's content, spec/07 §18.3:
/// <code>
///   0  to[32]   32  expires u64   40  content length u32   44  content SHA-256[32]   76  reply until u64   84  label length u8 ‖ label
/// </code>
/// Nobody signs it, and nothing in it comes from the sender's identity or clock: times are whole hours.
/// </summary>
internal sealed class AnonymousEnvelope
{
    public const int MinBytes = NodeAddress.ByteLength + 8 + 4 + SHA256.HashSizeInBytes + 8 + 1;
    public const int MaxBytes = MinBytes + MessagingConstants.MaxLabelBytes;

    public required NodeAddress To { get; init; }

    /// <summary>Unix milliseconds, a whole hour.</summary>
    public required long ExpiresUnixMillis { get; init; }

    public required int ContentLength { get; init; }

    /// <summary>32 bytes.</summary>
    public required byte[] ContentHash { get; init; }

    /// <summary>A reply is waited for until then, Unix milliseconds, a whole hour; 0: none is.</summary>
    public long ReplyUntilUnixMillis { get; init; }

    public required string Label { get; init; }

    public byte[] ToBytes()
    {
        var label = Encoding.UTF8.GetBytes(Label);
        var bytes = new byte[MinBytes + label.Length];
        var writer = new WireWriter(bytes);
        writer.Address(To);
        writer.UInt64((ulong)ExpiresUnixMillis);
        writer.UInt32((uint)ContentLength);
        writer.Bytes(ContentHash);
        writer.UInt64((ulong)ReplyUntilUnixMillis);
        writer.Byte(checked((byte)label.Length));
        writer.Bytes(label);
        return bytes;
    }

    /// <summary>Reads an envelope at the start of a payload.</summary>
    /// <param name="payload">An envelope, and whatever follows it.</param>
    /// <param name="envelope">The envelope, or null.</param>
    /// <param name="length">Its length.</param>
    /// <returns>False: not an envelope.</returns>
    public static bool TryRead(ReadOnlySpan<byte> payload, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out AnonymousEnvelope? envelope, out int length)
    {
        envelope = null;
        length = 0;
        var reader = new WireReader(payload);
        var to = reader.Take(NodeAddress.ByteLength);
        var expires = reader.UInt64();
        var contentLength = reader.UInt32();
        var hash = reader.Take(SHA256.HashSizeInBytes);
        var replyUntil = reader.UInt64();
        var label = reader.Take(reader.Byte());
        if (reader.Failed
            || !IsHour(expires)
            || !IsHour(replyUntil)
            || contentLength > AnonymousConstants.MaxContentBytes
            || !System.Text.Unicode.Utf8.IsValid(label))
        {
            return false;
        }

        length = payload.Length - reader.Rest.Length;
        envelope = new()
        {
            To = NodeAddress.FromBytes(to),
            ExpiresUnixMillis = (long)expires,
            ContentLength = (int)contentLength,
            ContentHash = hash.ToArray(),
            ReplyUntilUnixMillis = (long)replyUntil,
            Label = Encoding.UTF8.GetString(label),
        };
        return true;
    }

    private static bool IsHour(ulong unixMillis) => unixMillis <= long.MaxValue && unixMillis % (ulong)AnonymousConstants.ExpiryUnitMillis == 0;
}
