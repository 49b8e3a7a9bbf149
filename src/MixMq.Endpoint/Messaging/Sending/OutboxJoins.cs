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
    private readonly List<NamesakeConversations> _all = [];
    private readonly Dictionary<RequestId, NamesakeConversations> _signing = [];
    private readonly byte[] _packet = new byte[Frame.HeaderBytes + SenderMark.MaxBytes];
    private long _nextQuestion = long.MinValue;

    /// <summary>When something is asked or tried again, microseconds.</summary>
    public long NextDeadline { get; private set; } = Moment.Never;

    /// <summary>Which addresses are one correspondent's may be something else now.</summary>
    public void OnSuccessions<TSink>(ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        NamesakeConversations[] before = [.. _all];
        _all.Clear();
        foreach (var found in Find())
        {
            // What has been asked is still being asked.
            _all.Add(Array.Find(before, known => known.IsSame(found)) ?? found);
        }

        foreach (var conversation in before.Except(_all).SelectMany(static names => names.Conversations))
        {
            Release(conversation, ref sink);
        }

        foreach (var names in _all.Except(before))
        {
            names.Conversations.ForEach(static conversation => conversation.IsHeld = true);
            Decide(names, ref sink);
        }

        NextDeadline = 0;
    }

    /// <summary>The recipient says what it has of the conversation that it was asked about.</summary>
    public void OnAnswered(in RecipientMark mark, OutboundConversation conversation)
    {
        var question = mark.SenderIncarnation;
        if (_all.Find(names => names.IsAsking && names.Conversations[0] == conversation && names.Question == question) is { } asked)
        {
            Decide(asked, takesFirst: mark.Highest > 0);
            NextDeadline = 0;
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

        if (names.Signing == id)
        {
            names.Signature = signature.ToArray();
            names.DueMicros = NextDeadline = 0;
        }

        return true;
    }

    public void Advance<TSink>(Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        if (now.Micros < NextDeadline)
        {
            return;
        }

        NextDeadline = Moment.Never;
        for (var i = _all.Count - 1; i >= 0; i--)
        {
            var names = _all[i];
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
                Release(names.Conversations[0], ref sink);
                _all.RemoveAt(i);
                continue;
            }

            if (names.From is not null)
            {
                names.DueMicros = now.Micros + AgainMicros;
                NextDeadline = Math.Min(NextDeadline, names.DueMicros);
            }
        }

        // Many of them don't leave together: one at a time, who has waited longest first.
        if (now.Micros >= _nextQuestion && _all.Where(static names => names.IsAsking).MinBy(static names => names.DueMicros) is { } due && due.DueMicros <= now.Micros)
        {
            _nextQuestion = now.Micros + MessagingContext.ApartMicros;
            Ask(due, now, ref sink);
        }

        if (_all.Exists(static names => names.IsAsking))
        {
            NextDeadline = Math.Min(NextDeadline, Math.Max(_nextQuestion, _all.Where(static names => names.IsAsking).Min(static names => names.DueMicros)));
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
    // wait until they expire.
    private void Decide<TSink>(NamesakeConversations names, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        names.From = names.Into = null;
        while (names.Conversations.Count > 1 && names.Conversations[0].HasHistory && names.Conversations[1].HasHistory)
        {
            Release(names.Conversations[1], ref sink);
            names.Conversations.RemoveAt(1);
        }

        if (names.Conversations.Count == 1)
        {
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
        names.DueMicros = 0;
    }

    private static void Decide(NamesakeConversations names, bool takesFirst)
    {
        var (into, from) = takesFirst ? (names.Conversations[0], names.Conversations[1]) : (names.Conversations[1], names.Conversations[0]);
        (names.From, names.Into) = (from, into);
        from.Joining = into.Joining = true;
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
        names.DueMicros = now.Micros + Moment.MicrosPerSecond;
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
        names.DueMicros = now.Micros + (long)(millis * (0.75 + (0.5 * context.Random.NextDouble())) * Moment.MicrosPerMilli);
    }

    private void Release<TSink>(OutboundConversation conversation, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        conversation.IsHeld = conversation.Joining = conversation.Waiting.MoveWanted = false;
        waiting.OnMoved(conversation, ref sink);
        transmitter.MarkReady(conversation);
    }
}
