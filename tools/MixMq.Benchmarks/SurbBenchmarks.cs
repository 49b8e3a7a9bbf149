using BenchmarkDotNet.Attributes;
using MixMq.Bench.Packets;

namespace MixMq.Benchmarks;

/// <summary>A SURB over 5 hops: made, and used.</summary>
public class SurbBenchmarks
{
    private SurbSet _surbs = null!;

    [GlobalSetup]
    public void Setup()
    {
        _surbs = new SurbSet();
        _surbs.Make(0);
    }

    [GlobalCleanup]
    public void Cleanup() => _surbs.Dispose();

    [Benchmark]
    public void Make() => _surbs.Make(0);

    [Benchmark]
    public void Use() => _surbs.Use(0);
}
