using System.Security.Cryptography;
using System.Text;
using MixMq.Endpoint.Messaging.Wire;
using MixMq.Sphinx;

namespace MixMq.Endpoint.Messaging.Anonymous;

/// <summary>
/// What stands before an anonymous message's content, spec/07 §18.3:
/// <code>
///   0  to[32]   32  expires u64   40  content length u32   44  content SHA-256[32]   76  label length u8 ‖ label
/// </code>
/// Nobody signs it, and nothing in it comes from the sender's identity or clock: an expiry is a whole hour.
/// </summary>
internal sealed class AnonymousEnvelope
{
    public const int MinBytes = NodeAddress.ByteLength + 8 + 4 + SHA256.HashSizeInBytes + 1;
    public const int MaxBytes = MinBytes + MessagingConstants.MaxLabelBytes;

    public required NodeAddress To { get; init; }

    /// <summary>Unix milliseconds, a whole hour.</summary>
    public required long ExpiresUnixMillis { get; init; }

    public required int ContentLength { get; init; }

    /// <summary>32 bytes.</summary>
    public required byte[] ContentHash { get; init; }

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
        var label = reader.Take(reader.Byte());
        if (reader.Failed
            || expires > long.MaxValue
            || expires % (ulong)AnonymousConstants.ExpiryUnitMillis != 0
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
            Label = Encoding.UTF8.GetString(label),
        };
        return true;
    }
}
