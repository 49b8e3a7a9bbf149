using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using MixMq.Endpoint.Messaging.Wire;

namespace MixMq.Endpoint.Messaging.Anonymous.Replying;

/// <summary>
/// What stands before a reply's content, spec/07 §18.8:
/// <code>
///   0  content length u32   4  content SHA-256[32]   36  label length u8 ‖ label   …  tag[16]
/// </code>
/// The tag is made with the secret of the message that it answers, so it comes from who received that.
/// </summary>
internal sealed class ReplyEnvelope
{
    public const int MinBytes = 4 + SHA256.HashSizeInBytes + 1 + MessagingConstants.TagBytes;
    public const int MaxBytes = MinBytes + MessagingConstants.MaxLabelBytes;

    public required int ContentLength { get; init; }

    /// <summary>32 bytes.</summary>
    public required byte[] ContentHash { get; init; }

    public required string Label { get; init; }

    /// <summary>The id of the reply to a message: SHA-256("MixMq-reply-v1" ‖ the message's id), first 16 bytes.</summary>
    public static MessageId IdOf(MessageId question)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(MessagingLabels.Reply);
        hash.AppendData(question.ToArray());
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        hash.GetHashAndReset(digest);
        return MessageId.FromBytes(digest[..MessageId.ByteCount]);
    }

    public byte[] ToBytes(ReadOnlySpan<byte> secret)
    {
        var label = Encoding.UTF8.GetBytes(Label);
        var bytes = new byte[MinBytes + label.Length];
        var writer = new WireWriter(bytes);
        writer.UInt32((uint)ContentLength);
        writer.Bytes(ContentHash);
        writer.Byte(checked((byte)label.Length));
        writer.Bytes(label);
        var tagged = writer.Written;
        FrameTag.Compute(MessagingLabels.ReplyEnvelope, ConversationSecret.FromBytes(secret), tagged, default, writer.Take(MessagingConstants.TagBytes));
        return bytes;
    }

    /// <summary>Reads the envelope at the start of a payload.</summary>
    /// <param name="payload">An envelope, and whatever follows it.</param>
    /// <param name="secret">The secret of the message that it answers.</param>
    /// <param name="envelope">The envelope, or null.</param>
    /// <param name="length">Its length.</param>
    /// <returns>False: not an envelope, or with a wrong tag.</returns>
    public static bool TryRead(ReadOnlySpan<byte> payload, ReadOnlySpan<byte> secret, [NotNullWhen(true)] out ReplyEnvelope? envelope, out int length)
    {
        envelope = null;
        length = 0;
        var reader = new WireReader(payload);
        var contentLength = reader.UInt32();
        var hash = reader.Take(SHA256.HashSizeInBytes);
        var label = reader.Take(reader.Byte());
        var tagged = payload[..(payload.Length - reader.Rest.Length)];
        var tag = reader.Take(MessagingConstants.TagBytes);
        if (reader.Failed
            || contentLength > AnonymousConstants.MaxReplyBytes
            || !System.Text.Unicode.Utf8.IsValid(label)
            || !FrameTag.Verify(MessagingLabels.ReplyEnvelope, ConversationSecret.FromBytes(secret), tagged, default, tag))
        {
            return false;
        }

        length = payload.Length - reader.Rest.Length;
        envelope = new() { ContentLength = (int)contentLength, ContentHash = hash.ToArray(), Label = Encoding.UTF8.GetString(label) };
        return true;
    }
}
