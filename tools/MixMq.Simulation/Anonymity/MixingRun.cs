using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using MixMq.Overlay;
using MixMq.Overlay.Mixing;

namespace MixMq.Simulation.Anonymity;

/// <summary>
/// Traffic through relays, each of which holds packets in the shipping delay queue. Links take no time: a constant one would move every
/// time alike. A delay of nothing passes through the queue too and leaves at once. Times are exact here, not rounded to ticks as the core's are:
/// the closed forms are of continuous time, and what leaves at one moment leaves in the order of arrival.
/// </summary>
public sealed class MixingRun
{
    private const int CellBytes = sizeof(int);
    private const int QueueLimit = 1 << 20;
    private readonly Traffic _traffic;
    private readonly DelayQueue[] _queues;
    private readonly List<int>[] _inOrder;
    private readonly int[] _atMix;
    private readonly PacketPool _pool = new(CellBytes, int.MaxValue);
    private readonly PriorityQueue<int, (long Due, int Node)> _wakes = new();
    private readonly List<Transfer> _transfers = [];
    private readonly List<int[]> _occupancies = [];
    private readonly int[] _next;
    private long _arrivals;

    private MixingRun(Traffic traffic, int nodes)
    {
        _traffic = traffic;
        _queues = [.. Enumerable.Range(0, nodes).Select(_ => new DelayQueue(QueueLimit))];
        _inOrder = [.. Enumerable.Range(0, nodes).Select(_ => new List<int>())];
        MostMixes = 1;
        for (var packet = 0; packet < traffic.Count; packet++)
        {
            MostMixes = Math.Max(MostMixes, traffic.MixesOf(packet));
        }

        _atMix = new int[nodes * MostMixes];
        _next = new int[traffic.Count];
    }

    public Traffic Traffic => _traffic;

    public int Nodes => _queues.Length;

    public int MostMixes { get; }

    public IReadOnlyList<Transfer> Transfers => _transfers;

    /// <summary>For each sampled moment, how many packets each node held.</summary>
    public IReadOnlyList<int[]> Occupancies => _occupancies;

    /// <param name="traffic">The packets.</param>
    /// <param name="nodes">How many nodes there are.</param>
    /// <param name="untilMicros">When to stop.</param>
    /// <param name="sampleFromMicros">When to count for the first time what the nodes hold.</param>
    /// <param name="sampleEveryMicros">How long after to count again.</param>
    /// <param name="sampleUntilMicros">When to cease to count; default: at the end.</param>
    public static MixingRun Run(
        Traffic traffic, int nodes, long untilMicros, long sampleFromMicros, long sampleEveryMicros, long sampleUntilMicros = long.MaxValue)
    {
        ArgumentNullException.ThrowIfNull(traffic);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sampleEveryMicros);
        var run = new MixingRun(traffic, nodes);
        run.Go(untilMicros, sampleFromMicros, sampleEveryMicros, Math.Min(untilMicros, sampleUntilMicros));
        return run;
    }

    /// <summary>SHA-256 over all transfers, in hexadecimal.</summary>
    public string Hash()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> bytes = stackalloc byte[sizeof(long) + (3 * sizeof(int))];
        foreach (var transfer in CollectionsMarshal.AsSpan(_transfers))
        {
            BinaryPrimitives.WriteInt64LittleEndian(bytes, transfer.Micros);
            BinaryPrimitives.WriteInt32LittleEndian(bytes[8..], transfer.Packet);
            BinaryPrimitives.WriteInt32LittleEndian(bytes[12..], transfer.From);
            BinaryPrimitives.WriteInt32LittleEndian(bytes[16..], transfer.To);
            hash.AppendData(bytes);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private void Go(long until, long sampleAt, long sampleEvery, long sampleUntil)
    {
        var sent = 0;
        while (true)
        {
            var emission = sent < _traffic.Count ? _traffic.EmittedMicros(sent) : long.MaxValue;
            var wake = _wakes.TryPeek(out var node, out var due) ? due.Due : long.MaxValue;
            var now = Math.Min(emission, wake);
            for (; sampleAt <= Math.Min(now, sampleUntil); sampleAt += sampleEvery)
            {
                _occupancies.Add([.. _queues.Select(queue => queue.Count)]);
            }

            if (now > until || now == long.MaxValue)
            {
                break;
            }

            if (wake <= emission)
            {
                _ = _wakes.Dequeue();
                Leave(node, now);
            }
            else
            {
                Move(sent++, now, Transfer.Outside, 0, 0, 0);
            }
        }

        foreach (var queue in _queues)
        {
            _ = queue.Clear();
        }
    }

    // Each packet has a wake of its own, so one leaves for each.
    private void Leave(int node, long now)
    {
        var inside = _queues[node].Count;
        if (!_queues[node].TryTakeDue(now, out _, out var buffer))
        {
            throw new InvalidOperationException("The queue didn't give a packet that was due.");
        }

        var packet = BinaryPrimitives.ReadInt32LittleEndian(buffer.Cell);
        buffer.Return();
        var rank = _inOrder[node].IndexOf(packet);
        _inOrder[node].RemoveAt(rank);
        var pool = (node * MostMixes) + _next[packet] - 1;
        var same = _atMix[pool]--;
        Move(packet, now, node, inside, same, rank);
    }

    private void Move(int packet, long now, int from, int inside, int same, int rank)
    {
        var mix = _next[packet];
        var hops = _traffic.HopsOf(packet);
        var delivered = mix + 1 == hops.Length;
        var to = delivered ? Transfer.Outside : hops[mix].Node;
        _transfers.Add(new(now, packet, from, to, mix, inside, same, rank));
        if (delivered)
        {
            return;
        }

        var due = now + (hops[mix].DelayMs * Moment.MicrosPerMilli);
        _ = _pool.TryRent(out var buffer);
        BinaryPrimitives.WriteInt32LittleEndian(buffer!.Cell, packet);
        if (!_queues[to].TryAdd(due, (ulong)_arrivals++, 0, buffer))
        {
            throw new InvalidOperationException("A relay's delay queue is full: the rate is too high to simulate.");
        }

        _inOrder[to].Add(packet);
        _atMix[(to * MostMixes) + mix]++;
        _next[packet] = mix + 1;
        _wakes.Enqueue(to, (due, to));
    }
}
