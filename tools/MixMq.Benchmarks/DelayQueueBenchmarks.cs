using BenchmarkDotNet.Attributes;
using MixMq.Bench.Floats;
using MixMq.Bench.Mixing;
using MixMq.Overlay;
using MixMq.Sphinx;

namespace MixMq.Benchmarks;

/// <summary>One packet put into the delay queue and, on average, one released from it, on time that runs as fast as it does.</summary>
public class DelayQueueBenchmarks
{
    private const int SpreadMs = 20_000;
    private readonly Stack<PacketBuffer> _free = new();
    private readonly Random _random = new(1);
    private CorePair _pair = null!;
    private long _micros;

    [Params(10_000, 1_000_000)]
    public int Held { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        var pool = new PacketPool(BenchNetwork.Parameters.CellBytes, (2 * Held) + 1_000);
        _pair = new CorePair(BenchNetwork.Parameters, 2 * Held, _free.Push, () => new Moment(_micros, _micros / 1_000));
        _pair.LinkUp(() => _micros += 1_000);
        while (pool.TryRent(out var packet))
            _free.Push(packet);
        for (var i = 0; i < Held; i++)
            Insert((uint)_random.Next(1, SpreadMs));
    }

    [GlobalCleanup]
    public void Cleanup() => _pair.Dispose();

    [Benchmark]
    public void InsertAndRelease()
    {
        _micros += SpreadMs * 1_000L / Held;
        Insert((uint)_random.Next(SpreadMs / 2, SpreadMs * 3 / 2));
        if (_pair.Relay.NextDeadline <= _micros)
            _pair.Relay.Advance(_pair.Now());
        _pair.Pump();
    }

    private void Insert(uint delayMs)
    {
        var (packet, now) = (_free.Pop(), _pair.Now());
        packet.TakenMicros = now.Micros;
        _pair.Relay.Unwrapped(packet, UnwrapResult.Relay(_pair.Neighbour, delayMs), now);
    }
}
