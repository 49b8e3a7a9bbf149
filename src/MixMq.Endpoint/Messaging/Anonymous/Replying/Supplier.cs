using System.Runtime.InteropServices;
using MixMq.Crypto;
using MixMq.Endpoint.Messaging.Sending;
using MixMq.Overlay;
using MixMq.Sphinx;
using MixMq.Sphinx.Sending;

namespace MixMq.Endpoint.Messaging.Anonymous.Replying;

/// <summary>
/// Decides which supply leaves when. While there is no reply, a few SURBs stand at the recipient, and are renewed; while one comes in, a window of them is under way. Each question has its own times, so that no two of them
/// look like one asker's.
/// </summary>
internal sealed class Supplier
{
    private const int MaxDoublings = 16;
    private readonly MessagingContext _context;
    private readonly PacketGeometry _geometry;
    private readonly Pacer _pacer;
    private readonly byte[] _packet;
    private readonly byte[] _there = new byte[AnonymousConstants.ReplySpan / 8];
    private readonly int _perPacket;
    private readonly double _timeout;
    private readonly List<PathHop> _path = [];
    private readonly List<PathHop> _back = [];
    private readonly List<SurbOrder> _orders = [];
    private readonly PriorityQueue<Question, long> _due = new();

    public Supplier(MessagingContext context)
    {
        _context = context;
        _geometry = context.Options.Network.Definition.Geometry;
        _perPacket = SupplyFrame.MostSurbs(_geometry);
        IsPossible = _perPacket > 0 && _geometry.ReplyCapacity >= AnonymousConstants.MinReplyCapacity;
        _timeout = AnonymousTiming.FirstTimeout(context.Options);
        _packet = new byte[context.MessageCapacity];
        _pacer = new(context.Options.PacketsPerSecond, context.Options.PacketBurst);
    }

    /// <summary>Whether this network's packets have room for supplies and replies.</summary>
    public bool IsPossible { get; }

    public long NextDeadline => _due.TryPeek(out _, out var due) ? due : Moment.Never;

    private long Silence => AnonymousTiming.ToMicros(2 * _timeout);

    /// <summary>It has its turn then, if not earlier.</summary>
    public void Schedule(Question question, long micros)
    {
        if (micros < question.Due)
        {
            question.Due = micros;
            _due.Enqueue(question, micros);
        }
    }

    /// <summary>It has its turn then, whatever was said before.</summary>
    public void Move(Question question, long micros)
    {
        question.Due = long.MaxValue;
        Schedule(question, micros);
    }

    /// <summary>The recipient has what was given and nothing to say: new SURBs follow after a while, or when these have expired.</summary>
    public void MoveToNextSupply(Question question, Moment now)
    {
        var wait = AnonymousTiming.Jittered(_context.Random, AnonymousLimits.SupplyEveryMs);
        var expired = ((question.SurbsExpire * 1000) - now.UnixMillis) * Moment.MicrosPerMilli;
        var spread = (long)(_context.Random.NextDouble() * AnonymousLimits.SupplySpreadMs * Moment.MicrosPerMilli);
        Move(question, now.Micros + Math.Min(wait, Math.Max(0, expired) + spread));
    }

    /// <summary>
    /// How long what hasn't begun to come in waits after the process or its paths came back, microseconds: as long as until the next supply of a question that knew nothing of it, so that those of one asker don't come
    /// together, nor together with what its node sends under its name.
    /// </summary>
    public long WaitAnew(Question question) =>
        AnonymousTiming.ToMicros(_context.Random.NextDouble() * (question.IsAnswered ? AnonymousLimits.SupplyEveryMs / 2 : AnonymousLimits.SupplyEveryMs * 1.25));

    /// <summary>Takes one whose turn has come; null: none.</summary>
    public Question? TakeDue(Moment now)
    {
        while (_due.TryPeek(out var question, out var due) && due <= now.Micros)
        {
            _due.Dequeue();
            if (question.Due == due)
            {
                question.Due = long.MaxValue;
                return question;
            }
        }

        return null;
    }

    /// <summary>Sends what the question needs now, and says when it has its next turn.</summary>
    public void Supply<TSink>(Question question, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        if (!_pacer.Allows(now.Micros))
        {
            Schedule(question, _pacer.Next(now.Micros));
        }
        else if (question.IsAnswered || question.Gathered is null || now.Micros - question.HeardMicros > Silence)
        {
            Ask(question, now, ref sink);
        }
        else
        {
            SupplyWindow(question, now, ref sink);
        }
    }

    // One packet that is to be answered, and beside it what is to stand at the recipient; again after ever longer times.
    private void Ask<TSink>(Question question, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        question.Expire(now.Micros);
        var wait = AnonymousTiming.Jittered(_context.Random, Math.Min(_timeout * (1L << Math.Min(question.Probes, MaxDoublings)), _context.Options.MaxBackOffMs));
        var left = question.IsAnswered ? 1 : AnonymousLimits.StandingSurbs;
        for (var asks = true; left > 0; asks = false)
        {
            var surbs = Math.Min(_perPacket, left);
            if (!TrySend(question, asks, surbs, now.Micros + wait, now, ref sink))
            {
                return;
            }

            left -= surbs;
        }

        question.Probes++;
        Schedule(question, now.Micros + wait);
    }

    private void SupplyWindow<TSink>(Question question, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        question.Expire(now.Micros);
        while (true)
        {
            var wanted = Math.Min(AnonymousLimits.SupplyWindow, question.Gathered!.Missing) - question.UnderWay;
            if (wanted <= 0 || (wanted < _perPacket && question.UnderWay > 0 && wanted + question.UnderWay < question.Gathered.Missing))
            {
                // Full packets, but for the last.
                break;
            }

            if (!_pacer.Allows(now.Micros))
            {
                Schedule(question, _pacer.Next(now.Micros));
                break;
            }

            if (!TrySend(question, asks: false, Math.Min(wanted, _perPacket), now.Micros + AnonymousTiming.Jittered(_context.Random, _timeout), now, ref sink))
            {
                return;
            }
        }

        Schedule(question, Math.Min(question.NextLoss, question.HeardMicros + Silence + 1));
    }

    private bool TrySend<TSink>(Question question, bool asks, int surbs, long deadline, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        if (!_context.TryRoute(question.Recipient, now, _path))
        {
            Move(question, now.Micros + (question.Gathered is null ? WaitAnew(question) : AnonymousTiming.WaitForPath(_context)));
            return false;
        }

        var arrival = now.UnixMillis + _path.Sum(static hop => hop.DelayMs);
        _orders.Clear();
        for (var i = 0; i < surbs; i++)
        {
            if (!_context.TryReturn(question.Recipient, new(now.Micros, arrival), _back, out var expiry))
            {
                Move(question, now.Micros + (question.Gathered is null ? WaitAnew(question) : AnonymousTiming.WaitForPath(_context)));
                return false;
            }

            question.SurbsExpire = i == 0 ? expiry : Math.Min(question.SurbsExpire, expiry);
            _orders.Add(new(SupplyFrame.SurbOffset + (i * Surb.WireBytes(_geometry)), [.. _back], expiry));
        }

        _there.AsSpan().Clear();
        var frame = new SupplyFrame
        {
            Secret = question.Secret,
            State = question.IsAnswered ? SupplyState.Received : SupplyState.Waiting,
            Asks = asks,
            Count = (uint)(question.Gathered?.Count ?? 0),
            Leading = (uint)(question.Gathered?.Leading ?? 0),
            There = question.Gathered is { } gathered ? gathered.Tell(_there) : default,
        };
        var length = frame.Write(_packet, _geometry, surbs);
        _context.Routes.Taken();
        _context.Counters.PacketsSent++;
        _pacer.Take();
        question.Give(surbs, deadline);
        sink.SendAnonymous(CollectionsMarshal.AsSpan(_path), _path[0].Address, _packet.AsSpan(0, length), CollectionsMarshal.AsSpan(_orders), question.Id);
        return true;
    }
}
