using MixMq.Crypto;
using MixMq.Endpoint.Messaging.Wire;
using MixMq.Overlay;
using MixMq.Sphinx;

namespace MixMq.Endpoint.Messaging.Sending;

/// <summary>
/// The sender's half of the exchange of marks (spec/07 §17): tells recipients which start of this node writes to them, before anything new takes a place, and learns from them
/// whether this node's store or theirs has fallen behind.
/// </summary>
internal sealed class MarkExchange(MessagingContext context, PacketSender packets)
{
    private const int MaxSigning = 64;
    private const int MaxDoublings = 6;
    private const int MaxIdleDoublings = 10;
    private const long FirstIdleMicros = Moment.MicrosPerSecond;
    private const long SilenceMicros = Moment.MicrosPerSecond;
    private readonly byte[] _packet = new byte[Frame.HeaderBytes + SenderMark.MaxBytes];
    private readonly Dictionary<RequestId, (OutboundConversation Conversation, Incarnation Own, NodeAddress Recipient)> _signing = [];
    private readonly Queue<OutboundConversation> _waiting = [];
    private readonly PriorityQueue<OutboundConversation, long> _unanswered = new();

    public long NextDeadline => _unanswered.TryPeek(out _, out var due) ? due : Moment.Never;

    /// <summary>
    /// Where nothing waits to be sent, recipients are told of this start too: this store may be a copy, and what it lost is to be known without a new message. One conversation after the
    /// other, so that many of them don't leave together.
    /// </summary>
    public void Start(IEnumerable<OutboundConversation> conversations, Moment now)
    {
        var due = now.Micros + FirstIdleMicros;
        foreach (var conversation in conversations.Where(conversation => !conversation.HasUnsettled))
        {
            _unanswered.Enqueue(conversation, due);
            due += MessagingContext.ApartMicros;
        }
    }

    /// <summary>It is the conversation's turn: sends its mark if one is due.</summary>
    /// <returns>False: nothing was sent.</returns>
    public bool TrySend<TSink>(OutboundConversation conversation, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        var exchange = conversation.Exchange;
        if (!exchange.Agreed && conversation.HasUnsettled && (exchange.Own == Incarnation.None || exchange.AskedIdle))
        {
            exchange.MarkDue = true;
            exchange.Asked = 0;
        }

        exchange.Reminds &= !conversation.HasUnsettled;
        exchange.MarkDue |= exchange.Reminds;

        // While what the recipient has lost isn't looked for yet, the base isn't what it is to hear.
        if (!exchange.MarkDue || exchange.Moving || exchange.RecallDue)
        {
            return false;
        }

        if (exchange.Own == Incarnation.None)
        {
            exchange.Begin(context.Incarnation);
        }

        // The recipient may have turned out to be known under an earlier address since.
        if (exchange.Signature is null || exchange.SignedFor != context.Successions.First(conversation.Correspondent.Address))
        {
            Sign(conversation, ref sink);
            return false;
        }

        Send(conversation, exchange.Signature, now, ref sink);
        return true;
    }

    /// <summary>Takes a signature.</summary>
    /// <returns>Whose mark can be sent now; null: not one of a mark.</returns>
    public OutboundConversation? HandleSigned<TSink>(RequestId id, ReadOnlySpan<byte> signature, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        if (!_signing.Remove(id, out var signed))
        {
            return null;
        }

        var exchange = signed.Conversation.Exchange;
        exchange.Signing = false;
        if (exchange.Own == signed.Own)
        {
            exchange.Signature = signature.ToArray();
            exchange.SignedFor = signed.Recipient;
        }

        if (_waiting.TryDequeue(out var next))
        {
            next.Exchange.Signing = false;
            Sign(next, ref sink);
        }

        return signed.Conversation;
    }

    /// <summary>Nothing is heard although much was sent: the recipient may have gone back to a time before this start.</summary>
    public static void OnSilence(OutboundConversation conversation, Moment now)
    {
        var exchange = conversation.Exchange;
        if (exchange.Own != Incarnation.None && exchange.Agreed && now.Micros - exchange.AskedMicros >= SilenceMicros)
        {
            exchange.Silent = true;
            exchange.MarkDue = true;
        }
    }

    /// <summary>Takes an authentic mark of the recipient's.</summary>
    /// <returns>True: it answers a mark of this start's, which hadn't been answered.</returns>
    public bool Handle(in RecipientMark mark, OutboundConversation conversation)
    {
        var exchange = conversation.Exchange;
        if (exchange.Moving)
        {
            return false;
        }

        // To a conversation from the store of which no mark was sent yet, no mark is an answer, also one that names no start: it is from before this one.
        if (mark.SenderIncarnation != exchange.Own || (exchange.Own == Incarnation.None && !exchange.Agreed))
        {
            OnOtherStart(mark, exchange);
            return false;
        }

        if (mark.Own != exchange.Peer && !mark.Own.IsAfter(exchange.Peer))
        {
            // Its clock has gone back, or this is old. If it isn't, its number must grow, and the mark tells it beyond what.
            exchange.MarkDue = true;
            return false;
        }

        exchange.Learn(mark.Own);
        exchange.Heard(mark.Watermark);
        // In a conversation of this start, of which the recipient has something, what is under way says as much, and a mark would have all of it sent again under another key.
        if (mark.MarkWanted && (exchange.Own != Incarnation.None || mark.Highest == 0 || !conversation.HasUnsettled))
        {
            exchange.MarkDue = true;
        }

        return !exchange.Agreed;
    }

    /// <summary>Who wasn't answered is to be asked again.</summary>
    /// <returns>It, or null.</returns>
    public OutboundConversation? TakeUnanswered(Moment now)
    {
        while (_unanswered.TryPeek(out var conversation, out var due) && due <= now.Micros)
        {
            _unanswered.Dequeue();
            if (!conversation.Exchange.Agreed && !conversation.Exchange.Moving)
            {
                conversation.Exchange.MarkDue = true;
                return conversation;
            }
        }

        return null;
    }

    private void OnOtherStart(in RecipientMark mark, OutboundExchange exchange)
    {
        if (mark.SenderIncarnation.Number >= Math.Max(1, exchange.Own.Number))
        {
            // A clock was set back, or this store is a copy: the recipient takes only what comes later.
            exchange.Begin(context.Incarnation with { Number = Math.Max(context.Incarnation.Number, mark.SenderIncarnation.Number + 1) });
        }
        else if (exchange.Own == Incarnation.None)
        {
            exchange.Begin(context.Incarnation);
        }
        else
        {
            exchange.MarkDue = true;
        }
    }

    private void Sign<TSink>(OutboundConversation conversation, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        var exchange = conversation.Exchange;
        if (exchange.Signing)
        {
            return;
        }

        exchange.Signing = true;
        if (_signing.Count >= MaxSigning)
        {
            _waiting.Enqueue(conversation);
            return;
        }

        var id = context.NextRequestId();
        var recipient = context.Successions.First(conversation.Correspondent.Address);
        _signing.Add(id, (conversation, exchange.Own, recipient));
        sink.RequestSign(id, SenderMark.Signed(
            context.Options.KnownAs, recipient, conversation.Id, exchange.Own, conversation.Secret, conversation.Name, context.Options.Network.Definition));
    }

    private void Send<TSink>(OutboundConversation conversation, byte[] signature, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        var exchange = conversation.Exchange;
        var mark = new SenderMark
        {
            Sender = context.Options.KnownAs,
            Conversation = conversation.Id,
            Incarnation = exchange.Own,
            Secret = conversation.Secret,
            Next = exchange.FirstGap == 0 ? conversation.FirstUnsure : exchange.FirstGap,
            Base = conversation.Base,
            Recipient = exchange.Heeded,
            AnswerWanted = !exchange.Agreed || exchange.Silent || exchange.Reminds,
            Signature = signature,
            Name = conversation.Name,
        };
        var length = mark.Write(_packet.AsSpan(Frame.HeaderBytes));
        Frame.WriteHeader(_packet, FrameType.SenderMark, length);
        packets.Send(_packet.AsSpan(0, Frame.HeaderBytes + length), ref sink);
        context.Counters.MarksSent++;

        exchange.MarkDue = false;
        exchange.AskedMicros = now.Micros;
        exchange.AskedIdle = !conversation.HasUnsettled;
        var reminds = exchange.Reminds;
        exchange.Reminds = false;

        // Nobody waits for the answer to a reminder: the next one comes in its time, and before anything is sent the recipient is asked.
        if (!exchange.Agreed && !reminds)
        {
            var doublings = exchange.AskedIdle ? MaxIdleDoublings : MaxDoublings;
            var millis = conversation.Correspondent.RoundTrip.Timeout * (1L << Math.Min(exchange.Asked, doublings));
            var jittered = Math.Min(millis, context.Options.MaxBackOffMs * (1L << (doublings - MaxDoublings))) * (0.75 + (0.5 * context.Random.NextDouble()));
            _unanswered.Enqueue(conversation, now.Micros + (long)(jittered * Moment.MicrosPerMilli));
        }

        exchange.Asked++;
    }
}
