using MixMq.Crypto;
using MixMq.Simulation;
using MixMq.Sphinx;
using MixMq.Sphinx.Sending;

namespace MixMq.Bench.Packets;

/// <summary>Packets that are new at every call, wrapped before it is measured, and the first hop's key with a filter that is as large as a node's.</summary>
internal sealed class PacketSet : IDisposable
{
    private const long ReplayCapacity = 1 << 24;
    private readonly SeededRandomSource _random = new("packets");
    private readonly NetworkDefinition _network;
    private readonly MixKey[] _keys;
    private readonly PathHop[] _path;
    private readonly PacketWriter _writer = new();
    private readonly Unwrapper _unwrapper = new();
    private readonly byte[] _message;
    private readonly byte[][] _packets;
    private readonly MixKey[] _candidates;
    private readonly UnwrapResult[] _unwrapped;
    private readonly WrapResult[] _wrapped;

    /// <summary>Makes keys.</summary>
    /// <param name="size">Packets of a batch.</param>
    /// <param name="batches">Batches that will be unwrapped.</param>
    public PacketSet(int size, int batches)
    {
        _network = Network();
        (_keys, _path) = Path(_random, PacketCommands.Hops, Math.Max(ReplayCapacity, (long)size * batches));
        _candidates = [_keys[0]];
        _message = new byte[_network.Geometry.MessageCapacity];
        _packets = [.. Enumerable.Range(0, size).Select(_ => new byte[_network.Geometry.PacketBytes])];
        _unwrapped = new UnwrapResult[size];
        _wrapped = new WrapResult[size];
    }

    public static NetworkDefinition Network() =>
        NetworkDefinition.TryCreate("bench", PacketGeometry.Default, NetworkDefinition.DefaultMaxDelayMs, out var network, out var error)
            ? network
            : throw new InvalidOperationException(error.ToString());

    public static (MixKey[] Keys, PathHop[] Path) Path(IRandomSource random, int hops, long replayCapacity)
    {
        var keys = Enumerable.Range(0, hops).Select(i => MixKey.Generate(1, i == 0 ? replayCapacity : 1 << 20, random)).ToArray();
        var address = new byte[NodeAddress.ByteLength];
        return (keys, [.. keys.Select(key =>
        {
            random.Fill(address);
            return new PathHop(NodeAddress.FromBytes(address), key.Public, 50);
        })]);
    }

    public void PrepareUnwrap(int call) => Wrap(call);

    public void Wrap(int call)
    {
        var batch = new Batch(_packets, _path, _message, _candidates);
        _writer.WrapBatch(ref batch, _network, _random, _wrapped);
        if (_wrapped.AsSpan().ContainsAnyExcept(WrapResult.Wrapped))
            throw new InvalidOperationException("A packet was not wrapped.");
    }

    public void Unwrap(int call)
    {
        var batch = new Batch(_packets, _path, _message, _candidates);
        _unwrapper.UnwrapBatch(ref batch, _network, _unwrapped);
        foreach (ref readonly var result in _unwrapped.AsSpan())
        {
            if (result.Kind != UnwrapKind.Relay)
                throw new InvalidOperationException($"A packet was not relayed: {result}");
        }
    }

    public void Dispose()
    {
        _writer.Dispose();
        _unwrapper.Dispose();
        foreach (var key in _keys)
            key.Dispose();
    }

    private readonly struct Batch(byte[][] packets, PathHop[] path, byte[] message, MixKey[] candidates) : IWrapBatch, IUnwrapBatch
    {
        public int Count => packets.Length;

        public Span<byte> Packet(int index) => packets[index];

        public ReadOnlySpan<MixKey> Candidates(int index) => candidates;

        public ReadOnlySpan<PathHop> Path(int index) => path;

        public ReadOnlySpan<byte> Message(int index) => message;

        public bool IsCover(int index) => false;
    }
}
