using MixMq.Crypto;
using MixMq.Endpoint.Messaging.Receiving;
using MixMq.Endpoint.Messaging.Views;
using MixMq.Endpoint.Messaging.Wire;
using MixMq.Overlay;

namespace MixMq.Endpoint.Messaging.Sending;

/// <summary>
/// Decides which fragment leaves next, and when one is lost: recipients take turns, their conversations take turns, lost fragments go before
/// new ones, and pacer and windows bound it all.
/// </summary>
internal sealed class Transmitter
{
    private const int MaxFragmentBackOff = 3;
    private const long RouteRetryMicros = Moment.MicrosPerSecond;
    private const long ContentRetryMicros = Moment.MicrosPerSecond / 4;
    private const int Prefetch = 8;
    private readonly MessagingContext _context;
    private readonly ContentCache _contents;
    private readonly PacketSender _packets;
    private readonly Acknowledger _acknowledger;
    private readonly ViewExchange _views;
    private readonly MarkExchange _marks;
    private readonly HoldBacks _holdBacks;
    private readonly WaitingMessages _waiting;
    private readonly Pacer _pacer;
    private readonly byte[] _packet;
    private readonly Queue<Correspondent> _ready = new();
    private readonly PriorityQueue<FragmentTimer, long> _timers = new();
    private readonly HashSet<Correspondent> _unreachable = [];
    private readonly List<OutboundConversation> _waitingForRoom = [];
    private long _routeRetry = Moment.Never;
    private long _contentRetry = Moment.Never;

    public Transmitter(
        MessagingContext context, ContentCache contents, PacketSender packets, Acknowledger acknowledger, ViewExchange views, MarkExchange marks, HoldBacks holdBacks,
        WaitingMessages waiting)
    {
        _waiting = waiting;
        _marks = marks;
        _context = context;
        _contents = contents;
        _packets = packets;
        _acknowledger = acknowledger;
        _views = views;
        _holdBacks = holdBacks;
        _pacer = new(context.Options.PacketsPerSecond, context.Options.PacketBurst);
        _packet = new byte[context.MessageCapacity];
    }

    public int UnreachableCount => _unreachable.Count;

    public long NextDeadline(Moment now)
    {
        var next = Math.Min(Math.Min(_routeRetry, _contentRetry), Math.Min(_marks.NextDeadline, _holdBacks.NextDeadline));
        if (_timers.TryPeek(out _, out var due))
        {
            next = Math.Min(next, due);
        }

        return _ready.Count > 0 ? Math.Min(next, _pacer.Next(now.Micros)) : next;
    }

    /// <summary>The conversation may have something to send.</summary>
    public void MarkReady(OutboundConversation conversation)
    {
        var correspondent = conversation.Correspondent;
        if (!conversation.InReady)
        {
            conversation.InReady = true;
            correspondent.Ready.Enqueue(conversation);
        }

        MarkReady(correspondent);
    }

    /// <summary>The recipient may be sent to, if there is something to send.</summary>
    public void MarkReady(Correspondent correspondent)
    {
        if (!correspondent.InReady && !_unreachable.Contains(correspondent) && correspondent.Ready.Count > 0)
        {
            correspondent.InReady = true;
            _ready.Enqueue(correspondent);
        }
    }

    /// <summary>
    /// The topology has changed, or it is time to look again. Who had no path and has one now is sent to at once, whatever the back-off: the
    /// silence had a reason that is gone. Who lost the path is noted, so that its return is noticed.
    /// </summary>
    public void OnTopology(IEnumerable<Correspondent> correspondents, Moment now)
    {
        _routeRetry = Moment.Never;

        // Nothing waits for these: their next message looks for a path itself.
        _unreachable.RemoveWhere(correspondent => !IsWaiting(correspondent));
        foreach (var correspondent in correspondents.Where(IsWaiting))
        {
            if (!_packets.TryRoute(correspondent.Address, now))
            {
                MarkUnreachable(correspondent, now);
            }
            else if (_unreachable.Remove(correspondent))
            {
                correspondent.Window.OnReachable();
                foreach (var conversation in correspondent.Conversations.Values)
                {
                    ResendInFlight(conversation);
                    MarkReady(conversation);
                }
            }
        }
    }

    /// <summary>A read was answered, or a content released.</summary>
    public void OnContentRoom()
    {
        _contentRetry = Moment.Never;
        foreach (var conversation in _waitingForRoom)
        {
            MarkReady(conversation);
        }

        _waitingForRoom.Clear();
    }

    /// <summary>A fragment is to be sent again.</summary>
    public void MarkLost(OutboundMessage message)
    {
        message.AwaitRetransmit();
        MarkReady(message.Conversation);
    }

    /// <summary>The recipient has nothing, or less, of what it said to have: it is asked with the first fragment, and what it doesn't have is sent again.</summary>
    public void Restart(OutboundMessage message)
    {
        message.Conversation.Correspondent.Window.Forget(message.Restart());
        message.Conversation.Cursor = Math.Min(message.Conversation.Cursor, message.Sequence);
        MarkReady(message.Conversation);
    }

    /// <summary>The recipient says that it has all fragments: if it doesn't settle the message in time, it is asked again.</summary>
    public void WatchForStall(OutboundMessage message, Moment now)
    {
        var timeout = message.Conversation.Correspondent.RoundTrip.Timeout * (1L << Math.Min(message.Stalls, MaxFragmentBackOff + 3));
        _timers.Enqueue(new(message, message.Generation, FragmentTimer.Stall, 0), now.Micros + ToMicros(timeout));
    }

    public void Advance<TSink>(Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        FireTimers(now);
        while (_marks.TakeUnanswered(now) is { } unanswered)
        {
            MarkReady(unanswered);
        }

        if (now.Micros >= _routeRetry)
        {
            OnTopology([.. _unreachable], now);
        }

        if (now.Micros >= _contentRetry)
        {
            OnContentRoom();
        }

        while (_holdBacks.TryTakeDue(now, out var conversation))
        {
            MarkReady(conversation);
        }

        while (_ready.Count > 0 && _pacer.Allows(now.Micros))
        {
            var correspondent = _ready.Dequeue();
            correspondent.InReady = false;
            if (correspondent.Window.HasRoom && TrySendNext(correspondent, now, ref sink))
            {
                MarkReady(correspondent);
            }
        }
    }

    private static bool IsWaiting(Correspondent correspondent) => correspondent.Unsettled > 0 || correspondent.Ready.Count > 0;

    private void MarkUnreachable(Correspondent correspondent, Moment now)
    {
        _unreachable.Add(correspondent);
        _routeRetry = Math.Min(_routeRetry, now.Micros + RouteRetryMicros);
    }

    private void ResendInFlight(OutboundConversation conversation)
    {
        for (var sequence = conversation.Base; sequence <= conversation.Cursor; sequence++)
        {
            if (conversation.TryGet(sequence, out var message) && !message.Settled && message.GiveUpInFlight() is var given and > 0)
            {
                conversation.Correspondent.Window.Forget(given);
                MarkLost(message);
            }
        }
    }

    private void FireTimers(Moment now)
    {
        while (_timers.TryPeek(out var timer, out var due) && due <= now.Micros)
        {
            _timers.Dequeue();
            if (!timer.IsCurrent)
            {
                continue;
            }

            var message = timer.Message;
            if (timer.Index == FragmentTimer.Stall)
            {
                message.Stalls++;
                if (message.InParts)
                {
                    Restart(message);
                }
                else
                {
                    message.Doubt(all: message.Stalls >= MaxFragmentBackOff);
                }
            }
            else
            {
                message[timer.Index].InFlight = false;
                message.Lost.Add(timer.Index);
                message.Conversation.Correspondent.Window.OnTimeout(timer.SentMicros, now.Micros);
                if (message.Conversation.Correspondent.Window.IsProbing)
                {
                    // Who has dropped the partial has no use for this fragment, and says nothing. To the first one everybody has an answer.
                    message.Doubt(all: false);
                    MarkExchange.OnSilence(message.Conversation, now);
                }
                else if (message[timer.Index].Attempts > MaxFragmentBackOff)
                {
                    // Nor is there silence while it says something of other messages.
                    message.Doubt(all: false);
                }
            }

            MarkLost(message);
        }
    }

    private bool TrySendNext<TSink>(Correspondent correspondent, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        if (!_packets.TryRoute(correspondent.Address, now))
        {
            MarkUnreachable(correspondent, now);
            return false;
        }

        while (correspondent.Ready.TryDequeue(out var conversation))
        {
            conversation.InReady = false;
            if (conversation.IsHeld)
            {
                continue;
            }

            if (_marks.TrySend(conversation, now, ref sink))
            {
                _pacer.Take();
                MarkReady(conversation);
                return true;
            }

            if (!conversation.Exchange.Agreed || conversation.Exchange.RecallDue || conversation.Unsigned > 0)
            {
                continue;
            }

            _waiting.Continue(conversation, ref sink);
            PassTombstones(conversation);
            if (TryNextLost(conversation, now, ref sink, out var message, out var index)
                || TryNextNew(conversation, now, ref sink, out message, out index))
            {
                SendFragment(message!, index, now, ref sink);
                MarkReady(conversation);
                return true;
            }
        }

        return false;
    }

    private bool TryNextLost<TSink>(OutboundConversation conversation, Moment now, ref TSink sink, out OutboundMessage? message, out int index)
        where TSink : IEndpointSink, allows ref struct
    {
        for (var turns = conversation.Retransmit.Count; turns > 0; turns--)
        {
            message = conversation.Retransmit.Dequeue();
            message.InRetransmit = false;
            var held = message.IsHeldBack;
            if (!message.TryPeekLost(out index) && !held)
            {
                continue;
            }

            message.AwaitRetransmit();
            if (held || message.Sequence >= WindowEnd(conversation))
            {
                // Or the base was lowered; it will rise again.
                continue;
            }

            if (message.HasPiece(index))
            {
                message.Lost.Remove(index);
                return true;
            }

            RequestPiece(message, index, now, ref sink);
        }

        message = null;
        index = 0;
        return false;
    }

    private bool TryNextNew<TSink>(OutboundConversation conversation, Moment now, ref TSink sink, out OutboundMessage? message, out int index)
        where TSink : IEndpointSink, allows ref struct
    {
        index = 0;
        message = null;
        for (; conversation.Cursor < WindowEnd(conversation); conversation.Cursor++)
        {
            if (!conversation.TryGet(conversation.Cursor, out message) || message.Settled)
            {
                continue;
            }

            if (!message.Sendable)
            {
                // Its batch or its tombstone's isn't durable yet; that will bring the conversation back.
                return false;
            }

            message.Begin(_context.PieceBytes);
            if (!message.MoveToUnsent())
            {
                continue;
            }

            if (message.HoldsUnsent || !message.MayGoOn)
            {
                // What the recipient says next brings the conversation back, or a timeout does.
                return false;
            }

            index = message.NextUnsent;
            if (message.HasPiece(index))
            {
                RequestNextPart(message, index, now, ref sink);
                return true;
            }

            RequestAhead(conversation, now, ref sink);
            return false;
        }

        return false;
    }

    // Those that stand behind what is held back, in memory when that began or loaded since: what becomes a tombstone later is passed on then.
    private void PassTombstones(OutboundConversation conversation)
    {
        if (conversation.HoldBack is not { } held)
        {
            return;
        }

        var end = WindowEnd(conversation);
        for (var sequence = Math.Max(conversation.Cursor, held.PassedTo); sequence < end; sequence++)
        {
            if (conversation.TryGet(sequence, out var message) && message is { Tombstone: true, Sendable: true, Started: false })
            {
                message.Begin(_context.PieceBytes);
                message.Lost.Add(0);
                message.AwaitRetransmit();
            }
        }

        held.PassedTo = Math.Max(held.PassedTo, end);
    }

    public static ulong WindowEnd(OutboundConversation conversation) =>
        Math.Min(Math.Min(conversation.NextSequence, conversation.Waiting.From), conversation.Base + MessagingConstants.SequenceWindow);

    private void RequestAhead<TSink>(OutboundConversation conversation, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        var end = Math.Min(WindowEnd(conversation), conversation.Cursor + Prefetch);
        for (var sequence = conversation.Cursor; sequence < end; sequence++)
        {
            // Of later messages in parts the first part isn't wanted before their turn: they are long.
            if (conversation.TryGet(sequence, out var message)
                && message.Sendable
                && (sequence == conversation.Cursor || !message.InParts)
                && !RequestPiece(message, sequence == conversation.Cursor ? message.NextUnsent : 0, now, ref sink))
            {
                return;
            }
        }
    }

    private bool RequestPiece<TSink>(OutboundMessage message, int index, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        var (first, last) = message.InParts || message.ContentLength == 0 ? message.PartsOf(index) : (0, 0);
        for (var part = first; part <= last; part++)
        {
            if (!_contents.Request(message, part, now, ref sink))
            {
                _waitingForRoom.Add(message.Conversation);
                _contentRetry = Math.Min(_contentRetry, now.Micros + ContentRetryMicros);
                return false;
            }
        }

        return true;
    }

    // The part behind the one that a fragment is cut from, so that nothing waits for it; without room it is asked for when it is due.
    private void RequestNextPart<TSink>(OutboundMessage message, int index, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        var next = message.PartsOf(index).Last + 1;
        if (message.InParts && next > 0 && (long)next * message.PartBytes < message.ContentLength)
        {
            _contents.Request(message, next, now, ref sink);
        }
    }

    private void SendFragment<TSink>(OutboundMessage message, int index, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        var conversation = message.Conversation;
        var correspondent = conversation.Correspondent;
        var type = message.Tombstone ? FrameType.Tombstone : FrameType.Fragment;
        var body = _packet.AsSpan(Frame.HeaderBytes);
        var bytes = message.CopyPiece(index, body[FragmentHeader.ByteCount..]);
        body = body[..(FragmentHeader.ByteCount + bytes)];
        var place = new Place(_context.Options.KnownAs, conversation.Id, message.Sequence);
        new FragmentHeader(place, message.Id, conversation.Base, (uint)index, (uint)message.FragmentCount).Write(type, conversation.Exchange.FragmentKey, body);
        Frame.WriteHeader(_packet, type, body.Length);

        var length = Frame.HeaderBytes + body.Length;
        length += _acknowledger.AppendDue(correspondent.Address, _packet.AsSpan(length), now);
        length += _views.AppendDue(correspondent.Address, _packet.AsSpan(length), now);
        _packets.Send(_packet.AsSpan(0, length), ref sink);

        message.OnSent(index, now.Micros);
        _contents.Used(message, message.PartsOf(index).Last, now);
        correspondent.Window.OnSent();
        _pacer.Take();
        _context.Counters.FragmentsSent++;
        if (message[index].Attempts > 1)
        {
            _context.Counters.Retransmissions++;
        }

        _timers.Enqueue(new(message, message.Generation, index, now.Micros), now.Micros + Timeout(correspondent, message[index].Attempts));
    }

    private long Timeout(Correspondent correspondent, int attempts)
    {
        var doublings = Math.Max(correspondent.Window.BackOff, Math.Min(attempts - 1, MaxFragmentBackOff));
        var millis = Math.Min(correspondent.RoundTrip.Timeout * (1L << doublings), _context.Options.MaxBackOffMs);
        var jittered = millis * (0.75 + (0.5 * _context.Random.NextDouble()));
        return ToMicros(Math.Max(jittered, correspondent.RoundTrip.Floor));
    }

    private static long ToMicros(double millis) => (long)(millis * Moment.MicrosPerMilli);
}
