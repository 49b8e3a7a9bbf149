using MixMq.Endpoint.Messaging.Wire;
using MixMq.Overlay;
using MixMq.Sphinx;

namespace MixMq.Endpoint.Messaging.Receiving;

/// <summary>
/// The recipient's half of the exchange of marks (spec/07 §17): takes senders' marks, and tells them in marks of its own which start of this node reads, and what its store holds.
/// </summary>
internal sealed class MarkAnswerer(MessagingContext context, InboundDirectory directory, PacketSender packets, Acknowledger acknowledger)
{
    private const int MaxVerifying = 64;
    private const int MaxFormer = 16_384;
    private const int MaxFormerOfAll = 262_144;
    private const long AnswerIntervalMicros = 50 * Moment.MicrosPerMilli;
    private readonly Dictionary<RequestId, SenderMark> _verifying = [];
    private readonly Dictionary<ContentRequestId, InboundConversation> _reads = [];
    private readonly StrayAnswers _strays = new();
    private readonly byte[] _packet = new byte[Frame.HeaderBytes + RecipientMark.ByteCount];
    private int _former;

    /// <summary>
    /// Each sender is told of this start and asked how things stand: this store may be a copy, and who left something behind a gap, or has had everything acknowledged, may have nothing
    /// more to send. One conversation after the other, so that many of them don't leave together.
    /// </summary>
    public void Start(Moment now)
    {
        var apart = 0L;
        foreach (var conversation in directory.Conversations.Where(conversation => context.MayWrite(conversation.Sender.Address)).OrderBy(conversation => !conversation.IsStuck))
        {
            conversation.Exchange.Introduces = true;
            acknowledger.ScheduleAwaited(conversation, now, apart);
            apart += MessagingContext.ApartMicros;
        }
    }

    /// <summary>When an answer about a conversation that isn't known may go out, microseconds.</summary>
    public long NextDeadline => _strays.NextDeadline;

    /// <summary>Sends the answers whose turn it is; one for which there is no path is asked for again.</summary>
    public void Advance<TSink>(Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        while (_strays.TryTake(now, out var stray))
        {
            if (packets.TryRoute(stray.Correspondent, now))
            {
                Send(stray.Mark, stray.Secret, ref sink);
            }
        }
    }

    /// <summary>Takes over what the store has of senders whose stores were put back.</summary>
    public void Restore(EndpointState state)
    {
        foreach (var former in state.Former)
        {
            if (directory.Find(former.Conversation) is { } conversation)
            {
                Keep(conversation, former.Ids.AsSpan());
            }
        }
    }

    /// <summary>Takes the body of a sender mark.</summary>
    /// <returns>The conversation whose sender says its base, knowing how things stand here; null: none.</returns>
    public (InboundConversation Conversation, ulong Base)? Handle<TSink>(scoped ReadOnlySpan<byte> body, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        if (!SenderMark.TryRead(body, out var mark))
        {
            context.Counters.Drop(InboundDrop.MalformedFrame);
        }
        else if (!context.MayWrite(mark.Sender))
        {
            context.Counters.Drop(InboundDrop.SenderNotAllowed);
        }
        else if (!mark.HasTag(body))
        {
            context.Counters.Drop(InboundDrop.ForgedMark);
        }
        else if (mark.Incarnation.IsQuestion && Find(mark) is { } asked && mark.Secret.Equals32(asked.Secret))
        {
            // As below.
            AnswerQuestion(mark, now, ref sink);
        }
        else if (Find(mark) is { } conversation && IsKnown(mark, conversation))
        {
            // Only who made it could put the tag on it.
            return Follow(mark, conversation, now);
        }
        else if (_verifying.Count >= MaxVerifying)
        {
            context.Counters.Drop(InboundDrop.VerificationLimit);
        }
        else
        {
            var id = context.NextRequestId();
            _verifying.Add(id, mark);
            var signed = SenderMark.Signed(
                mark.Sender, context.Options.KnownAs, mark.Conversation, mark.Incarnation, mark.Secret, mark.Name, context.Options.Network.Definition);
            sink.RequestVerify(id, context.Successions.Last(mark.Sender), signed, mark.Signature);
        }

        return null;
    }

    /// <summary>Takes the answer to a verification.</summary>
    public void HandleVerified<TSink>(RequestId id, bool valid, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        if (!_verifying.Remove(id, out var mark))
        {
            return;
        }

        if (!valid)
        {
            context.Counters.Drop(InboundDrop.ForgedMark);
        }
        else if (mark.Incarnation.IsQuestion)
        {
            AnswerQuestion(mark, now, ref sink);
        }
        else if (context.Unstorable is { } cause)
        {
            context.Counters.Drop(cause);
        }
        else if (Find(mark) is not { } conversation)
        {
            Open(mark, now);
        }
        else if (IsKnown(mark, conversation))
        {
            Answer(conversation, now);
        }
        else if (mark.Incarnation.IsAfter(conversation.Exchange.Sender))
        {
            Adopt(mark, conversation, now);
        }
        else if (mark.Secret.Equals32(conversation.Secret))
        {
            // An old one, or the sender's clock was set back: it must go beyond what is known here. What would say that nothing is known here, and name the start that is, would be taken for that start's answer.
            Answer(conversation, now);
        }
        else
        {
            SendStray(mark.Sender, mark.Conversation, conversation.Exchange.Sender with { Nonce = ~mark.Incarnation.Nonce }, mark.Secret, now, ref sink);
        }
    }

    /// <summary>The sender's start is durable: what it wants to know can be said, once it is known what may come again.</summary>
    public void OnStored<TSink>(InboundConversation conversation, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        var exchange = conversation.Exchange;
        if (exchange.FormerLast == 0)
        {
            Answer(conversation, now);
            return;
        }

        var id = context.NextContentRequestId();
        _reads.Add(id, conversation);
        sink.ReadFormer(id, conversation.At(exchange.FormerFirst), exchange.FormerLast, MaxFormer);
    }

    /// <summary>Takes the ids of what came before a sender's store was put back.</summary>
    public void HandleFormer(ContentRequestId id, ReadOnlySpan<MessageId> ids, Moment now)
    {
        if (_reads.Remove(id, out var conversation))
        {
            Keep(conversation, ids);
            Answer(conversation, now);
        }
    }

    /// <summary>A verified envelope is of a conversation that isn't known here, or under another secret: its sender doesn't know how things stand.</summary>
    public void OnStranger<TSink>(Envelope envelope, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        var conversation = directory.Find(envelope.Place);
        if (conversation is not null && envelope.Secret.Equals32(conversation.Secret))
        {
            // It was a stranger's when it came, and isn't by now.
            Answer(conversation, now);
            return;
        }

        SendStray(envelope.From, envelope.Conversation, conversation?.Exchange.Sender ?? Incarnation.None, envelope.Secret, now, ref sink);
    }

    private InboundConversation? Find(SenderMark mark) => directory.Find(new Place(mark.Sender, mark.Conversation, 0));

    private static bool IsKnown(SenderMark mark, InboundConversation conversation) =>
        mark.Incarnation == conversation.Exchange.Sender && mark.Secret.Equals32(conversation.Secret);

    // What there is under the secret that it names, and nothing else changes: a conversation that isn't known stays so.
    private void AnswerQuestion<TSink>(SenderMark mark, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        if (Find(mark) is not { } conversation || !mark.Secret.Equals32(conversation.Secret))
        {
            SendStray(mark.Sender, new(context.Options.KnownAs, mark.Conversation, mark.Incarnation, context.Incarnation, 0, 0, 0, MarkWanted: false), mark.Secret, now, ref sink);
        }
        else if (now.Micros >= conversation.Exchange.NextAnswer && packets.TryRoute(mark.Sender, now))
        {
            conversation.Exchange.NextAnswer = now.Micros + AnswerIntervalMicros;
            Send(new(context.Options.KnownAs, mark.Conversation, mark.Incarnation, context.Incarnation, conversation.Highest, 0, 0, MarkWanted: false), mark.Secret, ref sink);
        }
    }

    private void Open(SenderMark mark, Moment now)
    {
        if (!directory.HasRoom(mark.Sender))
        {
            context.Counters.Drop(InboundDrop.ConversationLimit);
            return;
        }

        var conversation = directory.Open(new Place(mark.Sender, mark.Conversation, 0), mark.Name, mark.Secret, watermark: 0);
        Adopt(mark, conversation, now);
    }

    private void Adopt(SenderMark mark, InboundConversation conversation, Moment now)
    {
        var exchange = conversation.Exchange;
        var highest = conversation.Highest;
        var unsure = mark.Next;
        if (!mark.Secret.Equals32(conversation.Secret))
        {
            exchange.Foreign = highest;
            unsure = MessagingConstants.FirstSequence;
            var lost = Math.Min(highest, mark.Base - 1);
            if (lost > 0)
            {
                // What the sender knows to be settled there was lost, and what is there now is another conversation's.
                context.Store.Add(new StoreOperation.RecordGap(new(GapKind.Received, conversation.Sender.Address, conversation.Id, conversation.Name, MessagingConstants.FirstSequence, lost, now.UnixMillis)));
            }
        }
        else if (mark.Base <= exchange.Foreign)
        {
            // It moves all that it hasn't settled, not only what it isn't sure of: some of that may be here.
            unsure = Math.Min(unsure, exchange.Foreign + 1);
        }

        if (unsure <= highest)
        {
            exchange.FormerFirst = exchange.FormerFirst == 0 ? unsure : Math.Min(exchange.FormerFirst, unsure);
            exchange.FormerLast = highest;
        }

        conversation.Adopt(mark.Incarnation, mark.Secret);
        exchange.Begin(exchange.Own == Incarnation.None ? context.Incarnation : exchange.Own);
        context.Store.Touch(conversation);
        context.Store.Then(CommitEffectKind.SenderMarkStored, conversation);
    }

    // A mark of the start that is known: what it says of this node's own.
    private (InboundConversation Conversation, ulong Base)? Follow(SenderMark mark, InboundConversation conversation, Moment now)
    {
        var exchange = conversation.Exchange;
        exchange.Begin(exchange.Own == Incarnation.None ? context.Incarnation : exchange.Own);
        if (mark.Recipient == exchange.Own)
        {
            exchange.Expected = exchange.Introduces ? mark.Next - 1 : exchange.Expected;
            exchange.Known = true;
            exchange.Confirmed = true;
            exchange.Awaits = false;
            exchange.Asked = 0;
        }
        else if (mark.Recipient.Number >= exchange.Own.Number)
        {
            // This node's clock was set back: the sender takes only what comes later.
            exchange.Begin(exchange.Own with { Number = Math.Min(mark.Recipient.Number + 1, Incarnation.GreatestNumber) });
            Answer(conversation, now);
        }

        if (mark.AnswerWanted)
        {
            Answer(conversation, now);
        }

        // An older mark that comes late tells a base at which the sender didn't know yet what this node has lost.
        return mark.Recipient == exchange.Own ? (conversation, mark.Base) : null;
    }

    private void Answer(InboundConversation conversation, Moment now)
    {
        conversation.Exchange.MarkDue = true;
        conversation.Exchange.Asks |= conversation.Exchange.Introduces;
        acknowledger.Schedule(conversation, now, atOnce: true);
    }

    private void Keep(InboundConversation conversation, ReadOnlySpan<MessageId> ids)
    {
        var exchange = conversation.Exchange;
        _former -= exchange.Former?.Count ?? 0;
        exchange.Former = [];
        foreach (var id in ids)
        {
            if (_former == MaxFormerOfAll)
            {
                break;
            }

            _former += exchange.Former.Add(id) ? 1 : 0;
        }
    }

    // For a conversation that isn't known under that secret here: under the secret that the sender uses.
    private void SendStray<TSink>(
        NodeAddress to, ConversationId conversation, in Incarnation sender, ConversationSecret secret, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct =>
        SendStray(to, new(context.Options.KnownAs, conversation, sender, context.Incarnation, 0, 0, 0, MarkWanted: true), secret, now, ref sink);

    private void SendStray<TSink>(NodeAddress to, in RecipientMark mark, ConversationSecret secret, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        _strays.Add(context.Successions.First(to), mark, secret, now);
        Advance(now, ref sink);
    }

    private void Send<TSink>(in RecipientMark mark, ConversationSecret secret, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        mark.Write(_packet.AsSpan(Frame.HeaderBytes), secret);
        Frame.WriteHeader(_packet, FrameType.RecipientMark, RecipientMark.ByteCount);
        packets.Send(_packet, ref sink);
        context.Counters.MarksSent++;
    }
}
