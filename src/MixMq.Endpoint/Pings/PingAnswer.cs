using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Wire;

namespace MixMq.Endpoint.Pings;

/// <summary>
/// The body of a ping's answer, spec/07 §20:
/// <code>0  nonce[16]   16  tag[16]</code>
/// It names nobody: the nonce was told to the one who was asked alone, as was the secret under which the tag is.
/// </summary>
internal static class PingAnswer
{
    public const int ByteCount = ExchangeNonce.ByteCount + MessagingConstants.TagBytes;

    /// <summary>Writes the body with its tag.</summary>
    public static void Write(ExchangeNonce nonce, ConversationSecret secret, Span<byte> body)
    {
        nonce.CopyTo(body);
        FrameTag.Compute(MessagingLabels.PingAnswer, secret, body[..ExchangeNonce.ByteCount], [], body[ExchangeNonce.ByteCount..]);
    }

    /// <summary>Reads a body; its tag isn't looked at.</summary>
    /// <returns>False: not an answer.</returns>
    public static bool TryRead(ReadOnlySpan<byte> body, out ExchangeNonce nonce)
    {
        nonce = body.Length == ByteCount ? ExchangeNonce.FromBytes(body[..ExchangeNonce.ByteCount]) : default;
        return body.Length == ByteCount;
    }

    public static bool HasTag(ReadOnlySpan<byte> body, ConversationSecret secret) =>
        FrameTag.Verify(MessagingLabels.PingAnswer, secret, body[..ExchangeNonce.ByteCount], [], body.Slice(ExchangeNonce.ByteCount, MessagingConstants.TagBytes));
}
