using BenchmarkDotNet.Attributes;
using MixMq.Bench.Packets;

namespace MixMq.Benchmarks;

/// <summary>Whole batches of packets of the default geometry, over 5 hops. Each is unwrapped once, so it is wrapped anew before it.</summary>
public class PacketBenchmarks
{
    private PacketSet _packets = null!;

    [Params(1, 32, 64)]
    public int Batch { get; set; }

    [GlobalSetup]
    public void Setup() => _packets = new PacketSet(Batch, batches: 1 << 17);

    [GlobalCleanup]
    public void Cleanup() => _packets.Dispose();

    [Benchmark]
    public void Wrap() => _packets.Wrap(0);

    [Benchmark]
    public void WrapThenUnwrap()
    {
        _packets.PrepareUnwrap(0);
        _packets.Unwrap(0);
    }
}
