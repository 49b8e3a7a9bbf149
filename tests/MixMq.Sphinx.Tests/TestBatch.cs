namespace MixMq.Sphinx.Tests;

/// <summary>Packets with the keys that each may be for.</summary>
internal readonly struct TestBatch(byte[][] packets, MixKey[][] candidates) : IUnwrapBatch
{
    private readonly byte[][] _packets = packets;
    private readonly MixKey[][] _candidates = candidates;

    public int Count => _packets.Length;

    public Span<byte> Packet(int index) => _packets[index];

    public ReadOnlySpan<MixKey> Candidates(int index) => _candidates[index];
}
