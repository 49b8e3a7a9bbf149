using BenchmarkDotNet.Attributes;
using MixMq.Cli.Benchmarks;
using MixMq.Crypto;

namespace MixMq.Benchmarks;

/// <summary>X25519: one derive of libcrypto, and batches on the path that this machine takes.</summary>
public class CurveBenchmarks
{
    private byte[] _scalars = [];
    private byte[] _us = [];
    private byte[] _products = [];
    private LibCryptoDerive _derive = null!;

    [Params(1, 8, 64)]
    public int Batch { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        (_scalars, _us, _products) = (new byte[Batch * 32], new byte[Batch * 32], new byte[Batch * 32]);
        SystemRandomSource.Instance.Fill(_scalars);
        SystemRandomSource.Instance.Fill(_us);
        _derive = new LibCryptoDerive(_scalars.AsSpan(0, 32), _us.AsSpan(0, 32));
    }

    [GlobalCleanup]
    public void Cleanup() => _derive.Dispose();

    [Benchmark(Baseline = true)]
    public void LibCrypto() => _derive.Run();

    [Benchmark]
    public void WholeBatch() => X25519Batch.Multiply(X25519Batch.Path, _scalars, _us, _products, clamp: true);
}
