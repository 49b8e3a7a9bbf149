using MixMq.Endpoint.Messaging.Sending;
using MixMq.Overlay;
using MixMq.Sphinx;
using MixMq.Sphinx.Sending;

namespace MixMq.Endpoint.Messaging.Anonymous.Replying;

/// <summary>Those who wait for replies of this node, with the SURBs they gave; in memory alone, and bounded for all together, for a name costs nothing. Says by SURB what there is to say.</summary>
internal sealed class Askers(MessagingContext context, IReadOnlyDictionary<MessageId, PendingReply> pending)
{
    private const long SweepMicros = 60 * Moment.MicrosPerSecond;
    private readonly PacketGeometry _geometry = context.Options.Network.Definition.Geometry;
    private readonly Pacer _pacer = new(context.Options.PacketsPerSecond, context.Options.PacketBurst);
    private readonly long _timeout = AnonymousTiming.ToMicros(AnonymousTiming.FirstTimeout(context.Options));
    private readonly byte[] _message = new byte[Math.Max(context.Options.Network.Definition.Geometry.ReplyCapacity, AnonymousConstants.MinReplyCapacity)];
    private readonly Dictionary<MessageId, Asker> _askers = [];
    private readonly PriorityQueue<Asker, long> _due = new();
    private long _nextSweep;
    private int _surbs;

    public long NextDeadline => Math.Min(_due.TryPeek(out _, out var due) ? due : Moment.Never, _askers.Count > 0 ? _nextSweep : Moment.Never);

    public Asker? Find(MessageId question) => _askers.GetValueOrDefault(question);

    /// <summary>Takes what a frame brings.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="now">Now.</param>
    /// <param name="takesNew">Whether the store can be asked about one that isn't known yet.</param>
    /// <returns>Whose it is, and whether the store is to be asked about it; null: there is no room.</returns>
    public (Asker Asker, bool IsNew)? Take(scoped SupplyFrame frame, Moment now, bool takesNew)
    {
        var question = AnonymousFrame.IdOf(frame.Secret);
        var isNew = !_askers.TryGetValue(question, out var asker);
        if (isNew)
        {
            if (!takesNew || (_askers.Count >= AnonymousLimits.MaxAskers && !DropSilent(now) && !DropIdle()))
            {
                context.Counters.Drop(InboundDrop.AnonymousQuota);
                return null;
            }

            asker = new(question, frame.Secret.ToArray());
            _askers.Add(question, asker);
            _nextSweep = Math.Max(_nextSweep, now.Micros);
        }

        asker!.HeardMicros = now.Micros;
        asker.Asks |= frame.Asks;
        asker.HasReply |= frame.State == SupplyState.Received;
        Keep(asker, frame.Surbs);
        if (pending.TryGetValue(question, out var reply))
        {
            reply.HeardMicros = now.Micros;
            if (frame.State == SupplyState.Waiting)
            {
                reply.Tell(frame);
            }
        }

        if (asker.Known is not null)
        {
            Schedule(asker, now.Micros);
        }

        return (asker, isNew);
    }

    /// <summary>It has its turn then, if not earlier.</summary>
    public void Schedule(Asker asker, long micros)
    {
        if (micros < asker.Due)
        {
            asker.Due = micros;
            _due.Enqueue(asker, micros);
        }
    }

    /// <summary>Takes one whose turn has come; null: none.</summary>
    public Asker? TakeDue(Moment now)
    {
        if (_nextSweep <= now.Micros && _askers.Count > 0)
        {
            DropSilent(now);
            _nextSweep = now.Micros + SweepMicros;
        }

        while (_due.TryPeek(out var asker, out var due) && due <= now.Micros)
        {
            _due.Dequeue();
            if (asker.Due == due)
            {
                asker.Due = long.MaxValue;
                if (_askers.ContainsKey(asker.Question))
                {
                    return asker;
                }
            }
        }

        return null;
    }

    /// <summary>Says what there is to say, as far as there are SURBs.</summary>
    /// <returns>A reply whose content must be read first; null: none.</returns>
    public PendingReply? Serve<TSink>(Asker asker, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        _surbs -= asker.DropExpired(now.UnixMillis / 1000);
        if (asker.Known is not { } known || asker.Settling)
        {
            return null;
        }

        var isOpen = known is { Received: true, ReplyUntilUnixMillis: > 0, Reply: ReplyStatus.Open or ReplyStatus.Pending };
        if (asker.HasReply)
        {
            if (isOpen && (!pending.TryGetValue(asker.Question, out var settled) || settled.IsLive))
            {
                asker.Settling = true;
                context.Store.Add(new StoreOperation.SettleReply(asker.Question, ReplyStatus.Acknowledged, now.UnixMillis));
                context.Store.Then(CommitEffectKind.ReplySettled, asker);
            }
            else if (!isOpen)
            {
                End(asker, ReplyNoticeKind.Noted, ref sink);
            }
        }
        else if (!isOpen || known.ReplyUntilUnixMillis <= now.UnixMillis)
        {
            End(asker, ReplyNoticeKind.None, ref sink);
        }
        else if (pending.TryGetValue(asker.Question, out var reply) && reply.IsLive && reply.LeavesMicros <= now.Micros)
        {
            if (reply.Content is null)
            {
                return reply;
            }

            SendPieces(asker, reply, now, ref sink);
        }
        else
        {
            if (asker.Asks)
            {
                Notice(asker, ReplyNoticeKind.Waiting, ref sink);
            }

            if (reply is { IsLive: true })
            {
                Schedule(asker, reply.LeavesMicros);
            }
        }

        return null;
    }

    private void SendPieces<TSink>(Asker asker, PendingReply reply, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        var pieceBytes = ReplyPiece.PieceBytes(_geometry);
        reply.Prepare(asker.Secret, pieceBytes);
        var piece = new byte[pieceBytes];
        while (asker.Surbs > 0 && reply.Next(now.Micros, _timeout) is >= 0 and var index)
        {
            if (!_pacer.Allows(now.Micros))
            {
                Schedule(asker, _pacer.Next(now.Micros));
                return;
            }

            var bytes = reply.CopyPiece(index, pieceBytes, piece);
            Use(asker, new ReplyPiece { Index = index, Count = reply.Count, Bytes = piece.AsSpan(0, bytes) }.Write(_message), ref sink);
            reply.OnSent(index, now.Micros);
            _pacer.Take();
            asker.Asks = false;
        }

        if (asker.Asks)
        {
            Notice(asker, ReplyNoticeKind.Waiting, ref sink);
        }

        if (asker.Surbs > 0)
        {
            Schedule(asker, reply.NextAfter(_timeout));
        }
    }

    private void Notice<TSink>(Asker asker, ReplyNoticeKind kind, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        if (asker.Surbs > 0)
        {
            asker.Asks = false;
            ReplyNotice.Write(kind, _message);
            Use(asker, ReplyNotice.Bytes, ref sink);
        }
    }

    // Nothing more is to come of it: who still asks is asked about anew.
    private void End<TSink>(Asker asker, ReplyNoticeKind kind, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        Notice(asker, kind, ref sink);
        Forget(asker);
    }

    private void Use<TSink>(Asker asker, int length, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        _surbs--;
        context.Counters.PacketsSent++;
        sink.UseSurb(asker.Take()!, _message.AsSpan(0, length));
    }

    private void Keep(Asker asker, ReadOnlySpan<byte> surbs)
    {
        var bytes = Surb.WireBytes(_geometry);
        for (; !surbs.IsEmpty; surbs = surbs[bytes..])
        {
            if (asker.Surbs > 0 && (asker.Surbs >= AnonymousLimits.MaxReplySurbs || _surbs >= AnonymousLimits.MaxAllReplySurbs))
            {
                asker.DropFirst();
                _surbs--;
            }

            asker.Keep(surbs[..bytes]);
            _surbs++;
        }
    }

    private bool DropSilent(Moment now)
    {
        var silent = _askers.Values.Where(asker => !asker.Settling && asker.HeardMicros + (AnonymousLimits.AskerSilentMs * Moment.MicrosPerMilli) <= now.Micros).ToArray();
        foreach (var asker in silent)
        {
            Forget(asker);
        }

        return silent.Length > 0;
    }

    // One that nothing is to be said to but that there is nothing; the longest unheard.
    private bool DropIdle()
    {
        if (_askers.Values.Where(asker => !asker.Settling && !pending.ContainsKey(asker.Question)).MinBy(asker => asker.HeardMicros) is not { } idle)
        {
            return false;
        }

        Forget(idle);
        return true;
    }

    private void Forget(Asker asker)
    {
        _surbs -= asker.Surbs;
        _askers.Remove(asker.Question);
    }
}
