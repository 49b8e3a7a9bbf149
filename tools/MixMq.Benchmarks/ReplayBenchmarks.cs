using System.Buffers.Binary;
using BenchmarkDotNet.Attributes;
using MixMq.Crypto;
using MixMq.Sphinx;

namespace MixMq.Benchmarks;

/// <summary>The replay filter with ten million tags in it: an old tag, which is found wherever it lies.</summary>
public class ReplayBenchmarks
{
    private const int Tags = 10_000_000;
    private readonly byte[] _tag = new byte[PacketFormat.ReplayTagBytes];
    private ReplayFilter _filter = null!;
    private ulong _next;

    [GlobalSetup]
    public void Setup()
    {
        _filter = new ReplayFilter(2 * Tags, SystemRandomSource.Instance);
        for (ulong i = 0; i < Tags; i++)
            Insert(i);
    }

    [GlobalCleanup]
    public void Cleanup() => _filter.Dispose();

    [Benchmark]
    public ReplayInsert Old() => Insert((_next += 7_654_321) % Tags);

    private ReplayInsert Insert(ulong number)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(_tag, number);
        return _filter.TryInsert(_tag);
    }
}
