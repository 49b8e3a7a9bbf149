using BenchmarkDotNet.Attributes;
using MixMq.Bench.Paths;
using MixMq.Crypto;
using MixMq.Endpoint.Paths;
using MixMq.Simulation;

namespace MixMq.Benchmarks;

/// <summary>Paths of 5 links among a thousand relays of 8 links.</summary>
public class PathBenchmarks
{
    private const int Nodes = 1_000;
    private SyntheticTopology _topology = null!;
    private PathSampler _sampler = null!;
    private int _next;

    [GlobalSetup]
    public void Setup()
    {
        _topology = new SyntheticTopology(Nodes, degree: 8, pathLinks: 5, new SeededRandomSource(1));
        _sampler = NewSampler();
    }

    [Benchmark]
    public PathResult Path() => _sampler.Sample(_topology.Address(1 + (_next++ % (Nodes - 1))), SystemRandomSource.Instance);

    [Benchmark]
    public PathResult FirstPath() => NewSampler().Sample(_topology.Address(1 + (_next++ % (Nodes - 1))), SystemRandomSource.Instance);

    private PathSampler NewSampler() => new(_topology.View, _topology.Address(0), _topology.Network, SyntheticTopology.Epoch);
}
