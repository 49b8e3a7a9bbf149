using MixMq.Endpoint.Messaging.Wire;
using MixMq.Overlay;

namespace MixMq.Endpoint.Messaging.Sending;

/// <summary>
/// Brings this node's conversations and what their recipients know of them together again, after either's store was put back from a copy: messages move behind what the recipient
/// has already, and what it has lost is sent again.
/// </summary>
internal sealed class Reconciliation
{
    private const long AgainMicros = 20 * Moment.MicrosPerMilli;
    private readonly MessagingContext _context;
    private readonly OutboundDirectory _directory;
    private readonly ContentCache _contents;
    private readonly Transmitter _transmitter;
    private readonly HoldBacks _holdBacks;
    private readonly MarkExchange _marks;
    private readonly OutboxMoves _moves;
    private readonly Recalls _recalls;
    private readonly WaitingMessages _waiting;
    private readonly List<OutboundConversation> _postponed = [];
    private long _again = Moment.Never;

    public Reconciliation(
        MessagingContext context, OutboundDirectory directory, ContentCache contents, Transmitter transmitter, HoldBacks holdBacks, MarkExchange marks, OutboxMoves moves,
        WaitingMessages waiting)
    {
        _waiting = waiting;
        _context = context;
        _directory = directory;
        _contents = contents;
        _transmitter = transmitter;
        _holdBacks = holdBacks;
        _marks = marks;
        _moves = moves;
        _recalls = new(context, directory);
    }

    /// <summary>What asks which of two conversations of one name the recipient has.</summary>
    public OutboxJoins? Joins { get; set; }

    public int RecallsUnderWay => _recalls.UnderWay;

    /// <summary>When moves in whose way something stood are tried again, microseconds.</summary>
    public long NextDeadline => _again;

    /// <summary>Takes the body of a recipient mark.</summary>
    public void Handle<TSink>(scoped ReadOnlySpan<byte> body, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        if (!RecipientMark.TryRead(body, out var mark))
        {
            _context.Counters.Drop(InboundDrop.MalformedFrame);
        }
        else if (_directory.Find(mark.Recipient, mark.Conversation) is not { } conversation)
        {
            _context.Counters.Drop(InboundDrop.UnknownConversation);
        }
        else if (!RecipientMark.HasTag(body, conversation.Secret))
        {
            _context.Counters.Drop(InboundDrop.ForgedMark);
        }
        else if (mark.SenderIncarnation.IsQuestion)
        {
            Joins?.OnAnswered(mark, conversation);
        }
        else
        {
            if (_marks.Handle(mark, conversation))
            {
                OnAnswered(mark, conversation, now, ref sink);
            }

            if (mark.SenderIncarnation == conversation.Exchange.Own && mark.Own == conversation.Exchange.Peer)
            {
                RecallWhatIsLost(conversation, ref sink);
            }

            _transmitter.MarkReady(conversation);
        }
    }

    /// <summary>Takes the answer to a read of settled messages.</summary>
    public void HandleKept<TSink>(ContentRequestId id, ReadOnlySpan<KeptMessage> kept, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        if (_recalls.HandleKept(id, kept, now, ref sink) is { } conversation)
        {
            // Where nothing is left to send, no fragment says that.
            conversation.Exchange.MarkDue |= conversation.Recall.IsOver && !conversation.HasUnsettled;
            _transmitter.MarkReady(conversation);
        }
    }

    /// <summary>Messages have their new places durably.</summary>
    public void OnMoved<TSink>(OutboundConversation conversation, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        // The recipient needn't wait for what this node has lost any longer.
        conversation.Exchange.MarkDue = true;
        OnAgreed(conversation, ref sink);
    }

    /// <summary>That nothing is tentative any more is durable.</summary>
    public void OnAgreed<TSink>(OutboundConversation conversation, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        conversation.Exchange.Moving = false;
        conversation.Exchange.Agreed = true;
        _waiting.OnMoved(conversation, ref sink);
        RecallWhatIsLost(conversation, ref sink);
        _recalls.Continue(conversation, ref sink);
        _transmitter.MarkReady(conversation);
    }

    /// <summary>Another conversation's messages are durably behind this one's.</summary>
    public void OnJoined<TSink>(OutboundConversation conversation, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        // Marks that came meanwhile weren't heard.
        conversation.Exchange.Moving = false;
        conversation.Exchange.MarkDue |= !conversation.Exchange.Agreed;
        _waiting.OnMoved(conversation, ref sink);
        if (conversation.Exchange is { Agreed: true, RecallDue: true })
        {
            RecallWhatIsLost(conversation, ref sink);
        }

        _recalls.Continue(conversation, ref sink);
        _transmitter.MarkReady(conversation);
    }

    /// <summary>A message that was settled before is again, or can't be sent again after all.</summary>
    public void Finish<TSink>(OutboundMessage message, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        message.Conversation.Correspondent.Window.Forget(message.CountInFlight());
        message.Settled = true;
        _contents.Release(message);
        message.Forget();
        _directory.OnSettled(message);
        message.Conversation.Remove(message.Sequence);
        _recalls.Continue(message.Conversation, ref sink);
    }

    /// <summary>
    /// Moves what couldn't be moved when the recipient's mark came. It isn't asked again: nothing was sent since, so that it has nothing else than it said, and meanwhile it may have gone away
    /// for long, while nothing that waits would expire.
    /// </summary>
    public void Advance<TSink>(Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        if (now.Micros < _again)
        {
            return;
        }

        _again = Moment.Never;
        OutboundConversation[] postponed = [.. _postponed];
        _postponed.Clear();
        foreach (var conversation in postponed)
        {
            if (conversation.Exchange.MovingMark is { } mark)
            {
                OnAnswered(mark.Value, conversation, now, ref sink);
                RecallWhatIsLost(conversation, ref sink);
            }
            else if (!conversation.Exchange.Moving)
            {
                // What was said doesn't count any more.
                conversation.Waiting.MoveWanted = false;
                _waiting.OnMoved(conversation, ref sink);
            }

            _transmitter.MarkReady(conversation);
        }
    }

    private bool MayMove(in RecipientMark mark, OutboundConversation conversation, ulong first, Moment now)
    {
        if (OutboxMoves.MayBegin(conversation, first))
        {
            return true;
        }

        conversation.Exchange.MovingMark = new(mark);
        if (!_postponed.Contains(conversation))
        {
            _postponed.Add(conversation);
        }

        _again = Math.Min(_again, now.Micros + AgainMicros);
        return false;
    }

    // All of it moves, and what is sent again has no place to move to: it is looked for anew behind what the recipient has.
    private void CancelRecall<TSink>(in RecipientMark mark, OutboundConversation conversation, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        OutboundMessage[] recalled = [.. conversation.From(conversation.Base).Where(message => message.Recalled)];
        if (recalled.Length > 0 || !conversation.Recall.IsOver)
        {
            conversation.Exchange.RecalledFor = Incarnation.None;
            var first = Math.Min(recalled.Length > 0 ? recalled[0].Sequence : ulong.MaxValue, conversation.Recall.Next);
            var last = Math.Min(mark.Foreign, Math.Max(recalled.Length > 0 ? recalled[^1].Sequence : 0, conversation.Recall.IsOver ? 0 : conversation.Recall.End - 1));
            if (first <= last)
            {
                // Others have these places at the recipient, so that they don't come again.
                _context.Store.Add(new StoreOperation.RecordGap(
                    new(GapKind.Sent, conversation.Correspondent.Address, conversation.Id, conversation.Name, first, last, now.UnixMillis)));
            }
        }

        conversation.Recall.Cancel();
        foreach (var message in recalled)
        {
            Finish(message, ref sink);
        }
    }

    // The recipient knows this start: what was given before it was asked stays where it is, or goes behind what it has of this node.
    private void OnAnswered<TSink>(in RecipientMark mark, OutboundConversation conversation, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        var exchange = conversation.Exchange;
        var unsure = conversation.FirstUnsure;
        conversation.Waiting.MoveWanted = false;
        exchange.MovingMark = null;
        if (mark.Foreign >= conversation.Base)
        {
            // Of this node's messages under this secret the recipient has none up to there, whatever it once acknowledged, and takes none.
            if (MayMove(mark, conversation, conversation.Base, now))
            {
                CancelRecall(mark, conversation, now, ref sink);
                _holdBacks.OnMoved(conversation);
                _moves.Begin(conversation, conversation.Base, Math.Max(mark.Highest + 1, conversation.NextSequence), conversation.Base, now, ref sink);
            }

            return;
        }

        if (mark.Highest >= unsure)
        {
            if (MayMove(mark, conversation, unsure, now))
            {
                _holdBacks.OnMoved(conversation);
                _moves.Begin(conversation, unsure, mark.Highest + 1, unsure, now, ref sink);
            }

            return;
        }

        if (exchange.Tentative == 0)
        {
            exchange.Agreed = true;
            _waiting.OnMoved(conversation, ref sink);
            return;
        }

        // Else a crash would leave what has arrived tentative, and it would be taken for another's.
        exchange.Tentative = 0;
        exchange.Moving = true;
        _context.Store.Add(new StoreOperation.SetTentative(conversation.Correspondent.Address, conversation.Id, 0));
        _context.Store.Then(CommitEffectKind.OutboxAgreed, conversation);
    }

    /// <summary>
    /// Once for each start of the recipient: what it once had and says that it hasn't is sent again, and what it may have held above its watermark: of that a mark says nothing, and it has it no
    /// more if its store was put back. If it was merely started again, it answers each of these once more.
    /// </summary>
    private void RecallWhatIsLost<TSink>(OutboundConversation conversation, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        var exchange = conversation.Exchange;
        if (exchange.Moving || conversation.Waiting.MoveWanted)
        {
            // What is looked for before would be dropped when messages move.
            return;
        }

        var isBehind = exchange.PeerWatermark + 1 < conversation.Base;
        if (exchange.RecalledFor == exchange.Peer)
        {
            // What was settled since is settled by this start, and what is passed over this node doesn't have.
            exchange.MarkDue |= isBehind;
            exchange.RecallDue = false;
            return;
        }

        // An outcome that isn't stored yet can't be read there, and counts as none: the message would be neither sent nor sent again.
        exchange.RecallDue = conversation.OutcomesNotStored > 0;
        if (exchange.RecallDue)
        {
            return;
        }

        exchange.RecalledFor = exchange.Peer;
        if (isBehind || conversation.HasSettledAbove(exchange.PeerWatermark))
        {
            _recalls.Begin(conversation, exchange.PeerWatermark, ref sink);
            _holdBacks.OnMoved(conversation);
            exchange.MarkDue = true;
        }
    }

    /// <summary>An outcome is durable: what waited for it, and what there is room for now.</summary>
    public void OnSettled<TSink>(OutboundConversation conversation, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        if (conversation.Exchange.RecallDue)
        {
            RecallWhatIsLost(conversation, ref sink);
        }

        _recalls.Continue(conversation, ref sink);
    }
}
