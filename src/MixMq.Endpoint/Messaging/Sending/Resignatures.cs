using MixMq.Endpoint.Messaging.Wire;
using MixMq.Overlay;

namespace MixMq.Endpoint.Messaging.Sending;

/// <summary>
/// After a change of the node's key, and where a message was moved in the store alone and its envelope names its old place, or the conversation that it was in: what the store holds is signed by the new one before it is sent, in memory alone. Which key signed a stored envelope isn't known, so that it is done
/// at each start of a node that has had another key; a few at a time. A signature costs about 30 µs of a crypto worker.
/// </summary>
internal sealed class Resignatures(EndpointOptions options)
{
    private const int MaxSigning = 256;
    private readonly Queue<OutboundMessage> _waiting = new();
    private readonly Dictionary<RequestId, (OutboundMessage Message, byte[] Envelope)> _signing = [];

    /// <summary>Takes a message that comes from the store.</summary>
    public void Add(OutboundMessage message)
    {
        // What is damaged keeps its signature, which doesn't hold any more: it must not become a wrong message.
        if (!Envelope.TryRead(message.Envelope, out var envelope, out _) || envelope.From != options.KnownAs)
        {
            return;
        }

        var isOfItsPlace = envelope.Sequence == message.Sequence && envelope.Secret.Equals32(message.Conversation.Secret);
        if (options.Former.IsEmpty && isOfItsPlace)
        {
            return;
        }

        if (!isOfItsPlace)
        {
            message.Envelope = Envelope.At(message.Envelope, message.Conversation.Secret, message.Sequence);
        }

        message.Conversation.Unsigned++;
        _waiting.Enqueue(message);
    }

    public void Advance<TSink>(MessagingContext context, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        while (_signing.Count < MaxSigning && _waiting.TryDequeue(out var message))
        {
            var id = context.NextRequestId();
            _signing.Add(id, (message, message.Envelope));
            sink.RequestSign(id, Envelope.SignedMessage(message.Envelope, options.Network.Definition));
        }
    }

    /// <summary>Takes a signature.</summary>
    /// <returns>The conversation; null: not one of this part's.</returns>
    public OutboundConversation? HandleSigned(RequestId id, ReadOnlySpan<byte> signature)
    {
        if (!_signing.Remove(id, out var signed))
        {
            return null;
        }

        // Of a message that got another place, or a tombstone, meanwhile the envelope is another, and signed as such.
        if (ReferenceEquals(signed.Message.Envelope, signed.Envelope))
        {
            Envelope.SetSignature(signed.Envelope, signature);
        }

        signed.Message.Conversation.Unsigned--;
        return signed.Message.Conversation;
    }
}
