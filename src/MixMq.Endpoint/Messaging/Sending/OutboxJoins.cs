using MixMq.Crypto;
using MixMq.Endpoint.Messaging.Wire;
using MixMq.Overlay;

namespace MixMq.Endpoint.Messaging.Sending;

/// <summary>
/// Makes one conversation of two: where somebody was written to by a new address before this node had heard of the succession, there is one of the same name under each address, while the
/// recipient knows this node as one sender, and has one of the two at most (spec/07 §19). Of which it has nothing goes behind the other, in one transaction; until that is durable nothing of it leaves. Where this node's
/// store doesn't tell which, the recipient is asked by a mark that changes nothing there.
/// </summary>
internal sealed class OutboxJoins(
    MessagingContext context, OutboundDirectory directory, PacketSender packets, WaitingMessages waiting, HoldBacks holdBacks, Transmitter transmitter)
{
    private const long AgainMicros = 20 * Moment.MicrosPerMilli;
    private const int MaxDoublings = 16;
    private readonly Dictionary<RequestId, NamesakeConversations> _signing = [];
    private readonly Dictionary<Incarnation, NamesakeConversations> _questions = [];
    private readonly NamesakeQueue _asking = new();
    private readonly NamesakeQueue _joining = new();
    private readonly List<OutboundConversation> _apart = [];
    private readonly byte[] _packet = new byte[Frame.HeaderBytes + SenderMark.MaxBytes];
    private HashSet<NamesakeConversations> _all = [];
    private long _numbers;
    private long _nextQuestion = long.MinValue;

    /// <summary>When something is asked or tried again, microseconds.</summary>
    public long NextDeadline => Math.Min(_joining.NextDeadline, _asking.First is { } due ? Math.Max(_nextQuestion, due.DueMicros) : Moment.Never);

    /// <summary>Conversations of which nothing leaves until each has become one with another.</summary>
    public int HeldCount => _all.Sum(static names => names.Conversations.Count);

    /// <summary>Conversations with something unsettled that stay beside another one of their name, and of which the recipient acknowledges nothing.</summary>
    public int ApartCount => _apart.Count(static conversation => conversation.HasUnsettled);

    /// <summary>How often namesakes were looked at, to be asked about or to become one.</summary>
    public long Looks { get; private set; }

    /// <summary>Which addresses are one correspondent's may be something else now.</summary>
    public void OnSuccessions<TSink>(ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        var before = _all;
        var known = before.ToDictionary(static names => names.Key);
        _all = [];
        _apart.ForEach(static conversation => conversation.ApartFrom = null);
        _apart.Clear();
        foreach (var found in Find())
        {
            // What has been asked is still being asked.
            _ = _all.Add(known.TryGetValue(found.Key, out var same) && same.IsSame(found) ? same : found);
        }

        foreach (var names in before.Except(_all))
        {
            Forget(names);
            foreach (var conversation in names.Conversations)
            {
                Release(conversation, ref sink);
            }
        }

        foreach (var names in _all.Except(before))
        {
            names.Number = _numbers++;
            names.Conversations.ForEach(static conversation => conversation.IsHeld = true);
            Decide(names, ref sink);
        }
    }

    /// <summary>The recipient says what it has of the conversation that it was asked about.</summary>
    public void OnAnswered(in RecipientMark mark, OutboundConversation conversation)
    {
        if (_questions.TryGetValue(mark.SenderIncarnation, out var asked) && asked.Conversations[0] == conversation)
        {
            Decide(asked, takesFirst: mark.Highest > 0);
        }
    }

    /// <summary>Takes a signature.</summary>
    /// <returns>False: not of a question.</returns>
    public bool HandleSigned(RequestId id, ReadOnlySpan<byte> signature)
    {
        if (!_signing.Remove(id, out var names))
        {
            return false;
        }

        if (names.Signing == id && _questions.GetValueOrDefault(names.Question) == names)
        {
            names.Signature = signature.ToArray();
            _asking.Put(names, 0);
        }

        return true;
    }

    public void Advance<TSink>(Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        while (_joining.First is { } ready && ready.DueMicros <= now.Micros)
        {
            Looks++;
            TryJoinAll(ready, now, ref sink);
        }

        // Many of them don't leave together: one at a time, who has waited longest first.
        if (now.Micros >= _nextQuestion && _asking.First is { } due && due.DueMicros <= now.Micros)
        {
            Looks++;
            _nextQuestion = now.Micros + MessagingContext.ApartMicros;
            Ask(due, now, ref sink);
        }
    }

    private void TryJoinAll<TSink>(NamesakeConversations names, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        if (names.From is { HasHistory: true })
        {
            Decide(names, ref sink);
        }

        while (names.From is not null && TryJoin(names, now))
        {
            Decide(names, ref sink);
        }

        if (names.Conversations.Count == 1)
        {
            Forget(names);
            _ = _all.Remove(names);
            Release(names.Conversations[0], ref sink);
        }
        else if (names.From is not null)
        {
            _joining.Put(names, now.Micros + AgainMicros);
        }
    }

    private List<NamesakeConversations> Find()
    {
        var found = new List<NamesakeConversations>();
        if (directory.Successions.IsEmpty)
        {
            return found;
        }

        foreach (var row in directory.Correspondents.Where(correspondent => directory.Successions.All(correspondent.Address).Length > 1)
            .GroupBy(correspondent => directory.Successions.First(correspondent.Address)).Where(static row => row.Skip(1).Any()))
        {
            var inOrder = directory.FindAll(row.Key);
            found.AddRange(inOrder.SelectMany(static correspondent => correspondent.Conversations.Values).GroupBy(static conversation => conversation.Id)
                .Where(static conversations => conversations.Skip(1).Any()).Select(conversations => new NamesakeConversations(row.Key, [.. conversations])));
        }

        return found;
    }

    // Of two of which the recipient has had something, which only a store that was lost or put back leads to, each stays as it is: what it acknowledges is taken for the first one's, and the second one's messages
    // wait for ever. What is accepted from now on goes into the first.
    private void Decide<TSink>(NamesakeConversations names, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        Forget(names);
        names.From = names.Into = null;
        while (names.Conversations.Count > 1 && names.Conversations[0].HasHistory && names.Conversations[1].HasHistory)
        {
            names.Conversations[1].ApartFrom = names.Conversations[0];
            _apart.Add(names.Conversations[1]);
            Release(names.Conversations[1], ref sink);
            names.Conversations.RemoveAt(1);
        }

        if (names.Conversations.Count == 1)
        {
            _joining.Put(names, 0);
            return;
        }

        if (names.Conversations[0].HasHistory || names.Conversations[1].HasHistory)
        {
            Decide(names, takesFirst: names.Conversations[0].HasHistory);
            return;
        }

        names.Question = Incarnation.DrawQuestion(context.Random);
        names.Signature = null;
        names.Signing = default;
        names.Asked = 0;
        _questions.Add(names.Question, names);
        _asking.Put(names, 0);
    }

    private void Decide(NamesakeConversations names, bool takesFirst)
    {
        Forget(names);
        var (into, from) = takesFirst ? (names.Conversations[0], names.Conversations[1]) : (names.Conversations[1], names.Conversations[0]);
        (names.From, names.Into) = (from, into);
        from.Joining = into.Joining = true;
        _joining.Put(names, 0);
    }

    // Nothing is asked or tried for them.
    private void Forget(NamesakeConversations names)
    {
        _asking.Remove(names);
        _joining.Remove(names);
        _ = _questions.Remove(names.Question);
    }

    private bool TryJoin(NamesakeConversations names, Moment now)
    {
        var (from, into) = (names.From!, names.Into!);

        // What the store is asked for now it would tell from before, and loads into places that are others by then.
        into.Waiting.MoveWanted = true;
        if (into.Exchange.Moving || into.Exchange.Resigning || into.Exchange.MovingMark is not null || into.Waiting.Reading || into.Correspondent.Lookups > 0
            || !IsStored(into) || !IsStored(from) || from.OutcomesNotStored > 0 || !from.Recall.IsOver || !OutboxMoves.MayBegin(from, 0))
        {
            from.Waiting.MoveWanted = true;
            return false;
        }

        var (first, target) = (from.Base, into.NextSequence);
        var places = from.NextSequence - first;
        context.Store.Add(new StoreOperation.JoinOutbox(
            new(GapKind.Sent, from.Correspondent.Address, from.Id, from.Name, first, from.NextSequence - 1, now.UnixMillis), into.Correspondent.Address, target));
        if (into.Exchange is { Agreed: false, Tentative: 0 })
        {
            into.Exchange.Tentative = target;
            context.Store.Add(new StoreOperation.SetTentative(into.Correspondent.Address, into.Id, target));
        }

        context.Store.Then(CommitEffectKind.OutboxJoined, into);
        holdBacks.OnMoved(from);
        directory.OnProgress(from, now.Micros);
        waiting.Join(from, into, target);
        into.Extend(places);
        into.Exchange.Moving = true;
        into.Waiting.MoveWanted = false;
        into.Joining = false;

        // What still comes for it finds it so.
        from.Exchange.Moving = true;
        names.Conversations.Remove(from);
        return true;
    }

    private static bool IsStored(OutboundConversation conversation) => Array.TrueForAll(conversation.From(0), static message => message.Committed);

    private void Ask<TSink>(NamesakeConversations names, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        var conversation = names.Conversations[0];
        _asking.Put(names, now.Micros + Moment.MicrosPerSecond);
        if (names.Signature is null)
        {
            if (names.Signing == default)
            {
                names.Signing = context.NextRequestId();
                _signing.Add(names.Signing, names);
                sink.RequestSign(names.Signing, SenderMark.Signed(
                    context.Options.KnownAs, names.KnownAs, conversation.Id, names.Question, conversation.Secret, conversation.Name, context.Options.Network.Definition));
            }

            return;
        }

        if (!packets.TryRoute(conversation.Correspondent.Address, now))
        {
            return;
        }

        var mark = new SenderMark
        {
            Sender = context.Options.KnownAs,
            Conversation = conversation.Id,
            Incarnation = names.Question,
            Secret = conversation.Secret,
            Next = MessagingConstants.FirstSequence,
            Base = MessagingConstants.FirstSequence,
            Recipient = Incarnation.None,
            AnswerWanted = true,
            Signature = names.Signature,
            Name = conversation.Name,
        };
        var length = mark.Write(_packet.AsSpan(Frame.HeaderBytes));
        Frame.WriteHeader(_packet, FrameType.SenderMark, length);
        packets.Send(_packet.AsSpan(0, Frame.HeaderBytes + length), ref sink);
        context.Counters.MarksSent++;
        var millis = Math.Min(conversation.Correspondent.RoundTrip.Timeout * (1L << Math.Min(names.Asked++, MaxDoublings)), context.Options.MaxBackOffMs);
        _asking.Put(names, now.Micros + (long)(millis * (0.75 + (0.5 * context.Random.NextDouble())) * Moment.MicrosPerMilli));
    }

    private void Release<TSink>(OutboundConversation conversation, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        conversation.IsHeld = conversation.Joining = conversation.Waiting.MoveWanted = false;
        waiting.OnMoved(conversation, ref sink);
        transmitter.MarkReady(conversation);
    }
}
