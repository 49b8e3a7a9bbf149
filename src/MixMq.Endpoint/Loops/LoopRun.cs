using System.Runtime.InteropServices;
using MixMq.Crypto;
using MixMq.Endpoint.Messaging;
using MixMq.Overlay;
using MixMq.Sphinx.Sending;

namespace MixMq.Endpoint.Loops;

/// <summary>
/// Sends packets to this node itself, at the times of a Poisson process that nothing else of the node has any influence on, and measures whether and when they come back. What comes back is known by a random id that was in no
/// other packet, or by its SURB: nobody else can make a return, and each counts once.
/// </summary>
internal sealed class LoopRun
{
    private readonly MessagingContext _context;
    private readonly double _meanMicros;
    private readonly double _surbShare;
    private readonly List<PathHop> _path = [];
    private readonly byte[] _frame = new byte[LoopFrame.Bytes];
    private readonly LoopMeter[] _meters = [new(), new()];
    private readonly LoopJudgement _judgement = new();
    private readonly Dictionary<MessageId, UnderWay> _underWay = [];
    private readonly SortedSet<(long Deadline, MessageId Id)> _deadlines = [];

    // The lost ones that may still come, the first lost first to be forgotten.
    private readonly Dictionary<MessageId, LoopKind> _remembered = [];
    private readonly Queue<MessageId> _forgetting = new();
    private long _nextSend = Moment.Never;
    private long _notSent;

    public LoopRun(MessagingContext context)
    {
        _context = context;
        var options = context.Options;
        _meanMicros = options.LoopsPerMinute > 0 ? 60.0 * Moment.MicrosPerSecond / options.LoopsPerMinute : 0;
        var geometry = options.Network.Definition.Geometry;
        _surbShare = geometry.ReplyCapacity >= LoopFrame.ReplyBytes ? options.LoopSurbShare : 0;
    }

    public long NextDeadline => Math.Min(_nextSend, _deadlines.Count > 0 ? _deadlines.Min.Deadline : Moment.Never);

    /// <summary>Whether so many don't come back that the operator is to be warned.</summary>
    public bool IsLosing => _judgement.IsLosing;

    public void Start(Moment now) => _nextSend = _meanMicros > 0 ? Next(now) : Moment.Never;

    /// <summary>None is sent any more; those under way may still return.</summary>
    public void Stop() => _nextSend = Moment.Never;

    public void Advance<TSink>(Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        while (_deadlines.Count > 0 && _deadlines.Min.Deadline <= now.Micros)
        {
            Lose(_deadlines.Min.Id);
        }

        if (_nextSend <= now.Micros)
        {
            // What a process that stood still has missed isn't made up for: a burst would be seen.
            _nextSend = Next(now);
            Send(now, ref sink);
        }
    }

    /// <summary>A frame that says it is a loop's: from anyone.</summary>
    public void HandleFrame(ReadOnlySpan<byte> body, Moment now)
    {
        if (body.Length != LoopFrame.BodyBytes)
        {
            _context.Counters.Drop(InboundDrop.MalformedFrame);
            return;
        }

        Return(MessageId.FromBytes(body), LoopKind.Forward, now);
    }

    /// <summary>A reply that says it is a loop's: from who had the SURB, which may have been for something else.</summary>
    public void HandleReply(MessageId about, ReadOnlySpan<byte> message, Moment now)
    {
        if (message.Length != LoopFrame.ReplyBytes)
        {
            _context.Counters.Drop(InboundDrop.MalformedFrame);
            return;
        }

        Return(about, LoopKind.Surb, now);
    }

    /// <summary>One was dropped here before it left. Of one that was given up meanwhile nothing is said any more.</summary>
    public void Drop(MessageId id)
    {
        if (_underWay.Remove(id, out var loop))
        {
            _ = _deadlines.Remove((loop.Deadline, id));
            Meter(loop.Kind).OnDropped();
        }
    }

    public LoopReport Report() => new()
    {
        Forward = Figures(LoopKind.Forward),
        Surb = Figures(LoopKind.Surb),
        NotSent = _notSent,
        Judged = _judgement.Count,
        JudgedLost = _judgement.Lost,
        IsLosing = _judgement.IsLosing,
    };

    private LoopFigures Figures(LoopKind kind) => Meter(kind).Figures(_underWay.Values.Count(loop => loop.Kind == kind));

    private LoopMeter Meter(LoopKind kind) => _meters[(int)kind];

    private long Next(Moment now) => now.Micros + Math.Max(1, (long)Math.Round(_context.Random.NextExponential(_meanMicros)));

    private void Send<TSink>(Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        var kind = _context.Random.NextDouble() < _surbShare ? LoopKind.Surb : LoopKind.Forward;
        if (_underWay.Count >= LoopLimits.MaxUnderWay || !_context.Routes.TryLoop(kind == LoopKind.Surb, now, _path, out var expiry))
        {
            _notSent++;
            return;
        }

        Span<byte> bytes = stackalloc byte[MessageId.ByteCount];
        _context.Random.Fill(bytes);
        var id = MessageId.FromBytes(bytes);
        var drawn = _path.Sum(static hop => (long)hop.DelayMs) * Moment.MicrosPerMilli;
        var deadline = now.Micros + drawn + (LoopLimits.SlackMs * Moment.MicrosPerMilli);
        _underWay.Add(id, new(kind, now.Micros, drawn, deadline));
        _ = _deadlines.Add((deadline, id));
        Meter(kind).OnSent();
        _context.Counters.PacketsSent++;
        var path = CollectionsMarshal.AsSpan(_path);
        bool taken;
        if (kind == LoopKind.Forward)
        {
            LoopFrame.Write(id, _frame);
            taken = sink.SendLoop(path, path[0].Address, _frame, id);
        }
        else
        {
            taken = sink.SendBySurb(path, expiry, [LoopFrame.ReplyType], id);
        }

        if (!taken)
        {
            Drop(id);
        }
    }

    private void Return(MessageId id, LoopKind kind, Moment now)
    {
        if (_underWay.TryGetValue(id, out var loop) && loop.Kind == kind)
        {
            _ = _underWay.Remove(id);
            _ = _deadlines.Remove((loop.Deadline, id));
            Meter(kind).OnReturned(now.Micros - loop.SentMicros, loop.DrawnMicros);
            _judgement.Add(lost: false);
        }
        else if (_remembered.TryGetValue(id, out var lost) && lost == kind)
        {
            _ = _remembered.Remove(id);
            Meter(kind).OnLate();
        }
        else
        {
            _context.Counters.Drop(InboundDrop.UnknownLoop);
        }
    }

    private void Lose(MessageId id)
    {
        _ = _underWay.Remove(id, out var loop);
        _ = _deadlines.Remove((loop.Deadline, id));
        Meter(loop.Kind).OnLost();
        _judgement.Add(lost: true);
        if (_forgetting.Count >= LoopLimits.MaxRemembered)
        {
            _ = _remembered.Remove(_forgetting.Dequeue());
        }

        _remembered.Add(id, loop.Kind);
        _forgetting.Enqueue(id);
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct UnderWay(LoopKind Kind, long SentMicros, long DrawnMicros, long Deadline);
}
