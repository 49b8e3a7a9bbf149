using System.Collections;
using Google.Protobuf;
using MixMq.Cli.Local;
using MixMq.Contracts.Control.V1;

namespace MixMq.Cli.Benchmarks;

/// <summary>
/// What was sent one way and what came: loss, doubling, disorder and change, judged from the contents that the recipient's node hands out.
/// Memory is bounded by what is in flight, but for one bit a message. Safe for use from any thread.
/// </summary>
internal sealed class BenchLedger(byte[] seed, int direction, int size)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<int, long> _begun = [];
    private readonly List<double> _latencies = [];
    private readonly HashSet<(ulong Position, ByteString Id)> _recent = [];
    private readonly Queue<(ulong Position, ByteString Id)> _order = new();
    private BitArray _received = new(1 << 16);
    private ulong _lastSequence;
    private int _last;
    private int _accepted;

    /// <summary>Messages that the recipient has, each once.</summary>
    public int Received { get; private set; }

    public int Duplicated { get; private set; }

    public int Corrupted { get; private set; }

    /// <summary>Messages that did not come next in their conversation.</summary>
    public int Disordered { get; private set; }

    /// <summary>Messages that the sender's node has taken and the recipient doesn't have.</summary>
    public int Missing
    {
        get
        {
            lock (_lock)
                return _accepted - Received;
        }
    }

    /// <summary>The next message's content; its time runs from now.</summary>
    public byte[] Begin()
    {
        int number;
        lock (_lock)
        {
            number = ++_last;
            _begun.Add(number, TimeProvider.System.GetTimestamp());
        }

        return NumberedContent.Create(seed, direction, number, size);
    }

    /// <summary>The sender's node has it on disk.</summary>
    public void Accepted()
    {
        lock (_lock)
            _accepted++;
    }

    /// <summary>The recipient's node handed out a message.</summary>
    /// <returns>Milliseconds from its beginning, when it is new; otherwise null.</returns>
    public double? Note(ReceivedMessage message)
    {
        var known = NumberedContent.TryIdentify(seed, message.Content.Span, out var pair, out var number) && pair == direction && message.Content.Length == size;
        lock (_lock)
        {
            if (IsOfferedAgain(message))
                return null;
            if (!known || number > _last || message.Tombstone)
            {
                Corrupted++;
                return null;
            }

            if (number >= _received.Length)
                _received.Length = 2 * Math.Max(number, _received.Length);
            if (_received[number])
            {
                Duplicated++;
                return null;
            }

            if (message.Sequence != _lastSequence + 1)
                Disordered++;
            _lastSequence = message.Sequence;
            _received[number] = true;
            Received++;
            _begun.Remove(number, out var begun);
            var latency = TimeProvider.System.GetElapsedTime(begun).TotalMilliseconds;
            _latencies.Add(latency);
            return latency;
        }
    }

    /// <summary>The latencies noted since they were last taken, milliseconds.</summary>
    public IReadOnlyList<double> TakeLatencies()
    {
        lock (_lock)
        {
            double[] taken = [.. _latencies];
            _latencies.Clear();
            return taken;
        }
    }

    /// <summary>The same position with the same id: what was not confirmed yet, after a stream was opened again. No second delivery.</summary>
    private bool IsOfferedAgain(ReceivedMessage message)
    {
        if (!_recent.Add((message.Position, message.MessageId)))
            return true;
        _order.Enqueue((message.Position, message.MessageId));
        if (_order.Count > 4096)
            _recent.Remove(_order.Dequeue());
        return false;
    }
}
