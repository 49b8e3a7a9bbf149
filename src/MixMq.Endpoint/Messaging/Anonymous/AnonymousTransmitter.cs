using System.Runtime.InteropServices;
using MixMq.Crypto;
using MixMq.Endpoint.Messaging.Sending;
using MixMq.Endpoint.Messaging.Wire;
using MixMq.Overlay;
using MixMq.Sphinx;
using MixMq.Sphinx.Sending;

namespace MixMq.Endpoint.Messaging.Anonymous;

/// <summary>
/// Decides which anonymous frame leaves when. Each takes a SURB along for its own answer, so there is never a recipient that can't answer: what is lost, frame or answer, is sent again with another one.
/// Until the recipient has answered, a message's first fragment alone is sent; then a window of them.
/// </summary>
internal sealed class AnonymousTransmitter
{
    private const int MaxDoublings = 16;
    private readonly MessagingContext _context;
    private readonly PacketGeometry _geometry;
    private readonly Pacer _pacer;
    private readonly byte[] _packet;
    private readonly int _span;
    private readonly List<PathHop> _path = [];
    private readonly List<PathHop> _back = [];
    private readonly SurbOrder[] _surb = new SurbOrder[1];
    private readonly PriorityQueue<AnonymousMessage, long> _due = new();
    private readonly Dictionary<ContentRequestId, AnonymousMessage> _reads = [];

    public AnonymousTransmitter(MessagingContext context)
    {
        _context = context;
        _geometry = context.Options.Network.Definition.Geometry;
        var piece = AnonymousFrame.PieceBytes(_geometry);
        IsPossible = piece >= AnonymousEnvelope.MaxBytes && _geometry.ReplyCapacity >= AnonymousConstants.MinReplyCapacity;
        PieceBytes = Math.Max(1, piece);
        _span = AnonymousAnswer.Span(Math.Max(_geometry.ReplyCapacity, AnonymousConstants.MinReplyCapacity));
        _packet = new byte[context.MessageCapacity];
        _pacer = new(context.Options.PacketsPerSecond, context.Options.PacketBurst);
    }

    /// <summary>Whether this network's packets have room for anonymous messages and answers.</summary>
    public bool IsPossible { get; }

    public int PieceBytes { get; }

    public long NextDeadline => _due.TryPeek(out _, out var due) ? due : Moment.Never;

    /// <summary>The message has its turn then, if not earlier.</summary>
    public void Schedule(AnonymousMessage message, long micros)
    {
        if (micros < message.Due)
        {
            message.Due = micros;
            _due.Enqueue(message, micros);
        }
    }

    /// <summary>Whose content a read was for; null: not one of these.</summary>
    public AnonymousMessage? TakeRead(ContentRequestId id)
    {
        if (_reads.Remove(id, out var message))
        {
            message.Reading = false;
        }

        return message;
    }

    /// <summary>The recipient gathers the message, or refuses it for now.</summary>
    public void OnAnswer(AnonymousMessage message, scoped AnonymousAnswer answer, Moment now)
    {
        if (answer.State == AnonymousState.Refused)
        {
            // Of a message of which it has a part this is old: it has kept room for that one.
            if (!message.Known)
            {
                message.Refusals++;
                message.Pieces.GiveUp();
                var wait = Math.Min((long)AnonymousLimits.FirstHoldMs << Math.Min(message.Refusals - 1, MaxDoublings), _context.Options.MaxBackOffMs);
                message.Due = long.MaxValue;
                Schedule(message, now.Micros + Jittered(wait));
                _context.Counters.RefusalsReceived++;
            }

            return;
        }

        if (!message.Follow(answer.Gathering))
        {
            return;
        }

        message.Probes = 0;
        message.Refusals = 0;
        var end = (int)Math.Min(message.Pieces.Count, answer.Leading + (8L * answer.Stored.Length));
        for (var i = 0; i < end; i++)
        {
            if (i < answer.Leading || Bitmap.Get(answer.Stored, i - answer.Leading))
            {
                Sample(message, message.Pieces.OnStored(i), now);
            }
        }

        Schedule(message, now.Micros);
    }

    public void Advance<TSink>(Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        while (_due.TryPeek(out var message, out var due) && due <= now.Micros)
        {
            _due.Dequeue();
            if (message.Due == due && !message.Settled)
            {
                message.Due = long.MaxValue;
                Serve(message, now, ref sink);
            }
        }
    }

    private static void Sample(AnonymousMessage message, long sentMicros, Moment now)
    {
        if (sentMicros > 0)
        {
            message.RoundTrip.Sample((now.Micros - sentMicros) / (double)Moment.MicrosPerMilli);
        }
    }

    private void Serve<TSink>(AnonymousMessage message, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        if (!message.Committed || (message.Expiring && !message.Withdrawing))
        {
            // What becomes durable next brings it back.
            return;
        }

        if (message.Withdrawing)
        {
            Ask(message, AnonymousFrameKind.Withdrawal, now, ref sink);
        }
        else if (message.Content is null)
        {
            Read(message, ref sink);
        }
        else if (!message.Known)
        {
            Ask(message, AnonymousFrameKind.Fragment, now, ref sink);
        }
        else
        {
            SendWindow(message, now, ref sink);
        }
    }

    private void Read<TSink>(AnonymousMessage message, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        if (!message.Reading)
        {
            message.Reading = true;
            var id = _context.NextContentRequestId();
            _reads.Add(id, message);
            sink.ReadOutboxContent(id, message.Id);
        }
    }

    // One frame, and again after ever longer times, until an answer comes.
    private void Ask<TSink>(AnonymousMessage message, AnonymousFrameKind kind, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        if (!_pacer.Allows(now.Micros))
        {
            Schedule(message, _pacer.Next(now.Micros));
            return;
        }

        var wait = Jittered(Math.Min(message.RoundTrip.Timeout * (1L << Math.Min(message.Probes, MaxDoublings)), _context.Options.MaxBackOffMs));
        if (TrySend(message, kind, 0, wait, now, ref sink))
        {
            message.Probes++;
            Schedule(message, now.Micros + wait);
        }
    }

    private void SendWindow<TSink>(AnonymousMessage message, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        var pieces = message.Pieces;
        var timeout = message.RoundTrip.Timeout;
        var silent = now.Micros - message.HeardMicros > ToMicros(2 * timeout);
        if ((pieces.Expire(now.Micros) > 0 || pieces.AllStored) && silent)
        {
            // It may have forgotten what it gathered, and has no answer to any fragment but the first then.
            message.Known = false;
            pieces.GiveUp();
            Ask(message, AnonymousFrameKind.Fragment, now, ref sink);
            return;
        }

        while (pieces.InFlight < AnonymousLimits.Window && pieces.Next(pieces.Leading + _span) is >= 0 and var index)
        {
            if (!_pacer.Allows(now.Micros))
            {
                Schedule(message, _pacer.Next(now.Micros));
                break;
            }

            if (!TrySend(message, AnonymousFrameKind.Fragment, index, Jittered(timeout), now, ref sink))
            {
                return;
            }
        }

        Schedule(message, pieces.AllStored ? message.HeardMicros + ToMicros(2 * timeout) + 1 : pieces.NextDeadline());
    }

    private bool TrySend<TSink>(AnonymousMessage message, AnonymousFrameKind kind, int index, long waitMicros, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        if (!_context.TryRoute(message.Recipient, now, _path))
        {
            return NoPath(message, now);
        }

        var arrival = now.UnixMillis + _path.Sum(static hop => hop.DelayMs);
        if (!_context.TryReturn(message.Recipient, new(now.Micros, arrival), _back, out var expiry))
        {
            return NoPath(message, now);
        }

        var isFragment = kind == AnonymousFrameKind.Fragment;
        var bytes = isFragment ? message.CopyPiece(index, PieceBytes, _packet.AsSpan(_packet.Length - PieceBytes)) : 0;
        var length = AnonymousFrame.Write(_packet, _geometry, message.Secret, kind, index, isFragment ? message.Pieces.Count : 1, bytes);
        _surb[0] = new(AnonymousFrame.SurbOffset, [.. _back], expiry);
        _context.Routes.Taken();
        _context.Counters.PacketsSent++;
        sink.SendAnonymous(
            CollectionsMarshal.AsSpan(_path), _path[0].Address, _packet.AsSpan(0, length), _surb, message.Id);
        _pacer.Take();
        if (isFragment)
        {
            _context.Counters.FragmentsSent++;
            _context.Counters.Retransmissions += message.Pieces.OnSent(index, now.Micros, now.Micros + waitMicros) ? 1 : 0;
        }

        return true;
    }

    private bool NoPath(AnonymousMessage message, Moment now)
    {
        Schedule(message, now.Micros + AnonymousTiming.WaitForPath(_context));
        return false;
    }

    private long Jittered(double millis) => AnonymousTiming.Jittered(_context.Random, millis);

    private static long ToMicros(double millis) => AnonymousTiming.ToMicros(millis);
}
