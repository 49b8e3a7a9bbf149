using MixMq.Endpoint.Messaging.Wire;
using MixMq.Overlay;

namespace MixMq.Endpoint.Messaging.Sending;

/// <summary>Replaces messages whose time has run out by signed tombstones. A tombstone is sent like a message until something settles the place.</summary>
internal sealed class Expiries(MessagingContext context)
{
    private const int MaxSigning = 64;
    private const long MovingMillis = 1000;
    private const int MostSettled = 1024;
    private readonly PriorityQueue<OutboundMessage, long> _byExpiry = new();
    private readonly Dictionary<RequestId, OutboundMessage> _signing = [];
    private int _settled;

    /// <summary>When the next message expires, Unix milliseconds; the greatest value while as many as may be are being signed for.</summary>
    public long NextExpiry => _signing.Count < MaxSigning && _byExpiry.TryPeek(out _, out var due) ? due : long.MaxValue;

    /// <summary>Messages that are watched, and settled ones that still stand between them.</summary>
    public int Count => _byExpiry.Count;

    public void Watch(OutboundMessage message) => Watch(message, message.ExpiresUnixMillis);

    /// <summary>Its content is lost: it can't be sent any more, and its place must not stay empty.</summary>
    public void ExpireNow(OutboundMessage message) => Watch(message, long.MinValue);

    /// <summary>
    /// The message needn't be watched any more. It would stand in the queue for days, with its envelope: once most of the queue is such, it is made anew without them. So what is settled costs
    /// no more than what isn't, and each message is moved a bounded number of times.
    /// </summary>
    public void OnSettled(OutboundMessage message)
    {
        _settled += message.ExpiryEntries;
        message.ExpiryEntries = 0;
        if (_settled > MostSettled && 2 * _settled > _byExpiry.Count)
        {
            var unsettled = _byExpiry.UnorderedItems.Where(static item => item.Element.ExpiryEntries > 0).ToArray();
            _byExpiry.Clear();
            _byExpiry.EnqueueRange(unsettled);
            _byExpiry.TrimExcess();
            _settled = 0;
        }
    }

    public void Advance<TSink>(Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        while (_signing.Count < MaxSigning && _byExpiry.TryPeek(out var message, out var due) && due <= now.UnixMillis)
        {
            _byExpiry.Dequeue();
            if (message.ExpiryEntries == 0)
            {
                _settled--;
                continue;
            }

            message.ExpiryEntries--;
            if (message.Conversation.Exchange.Moving)
            {
                Watch(message, now.UnixMillis + MovingMillis);
            }
            else if (!message.Settled && !message.Expiring)
            {
                message.Expiring = true;
                message.TombstoneEnvelope = ToTombstone(message);
                var id = context.NextRequestId();
                _signing.Add(id, message);
                sink.RequestSign(id, Envelope.SignedMessage(message.TombstoneEnvelope, context.Options.Network.Definition));
            }
        }
    }

    /// <summary>Takes a signature.</summary>
    /// <returns>False: not of a tombstone.</returns>
    public bool HandleSigned(RequestId id, ReadOnlySpan<byte> signature)
    {
        if (!_signing.Remove(id, out var message))
        {
            return false;
        }

        // An acknowledgement may have come meanwhile: then the message was in time.
        if (!message.Settled)
        {
            Envelope.SetSignature(message.TombstoneEnvelope, signature);
            context.Store.Add(new StoreOperation.ReplaceWithTombstone(message.Id, message.TombstoneEnvelope), message.TombstoneEnvelope!.Length);
            context.Store.Then(CommitEffectKind.TombstoneStored, message);
        }

        return true;
    }

    private void Watch(OutboundMessage message, long due)
    {
        message.ExpiryEntries++;
        _byExpiry.Enqueue(message, due);
    }

    private byte[] ToTombstone(OutboundMessage message) => new Envelope
    {
        Kind = EnvelopeKind.Tombstone,
        From = context.Options.KnownAs,
        To = message.Conversation.Correspondent.Address,
        Id = message.Id,
        Conversation = message.Conversation.Id,
        Sequence = message.Sequence,
        CreatedUnixMillis = message.CreatedUnixMillis,
        ExpiresUnixMillis = message.ExpiresUnixMillis,
        Secret = message.Conversation.Secret,
        ContentLength = 0,
        ContentHash = new byte[32],
        Label = message.Label,
        Name = message.Conversation.Name,
    }.ToUnsignedBytes();
}
