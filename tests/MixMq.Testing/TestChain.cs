using MixMq.Crypto;
using MixMq.Sphinx;
using MixMq.Sphinx.Sending;

namespace MixMq.Testing;

/// <summary>A path of nodes made from a seed, with the keys of all of them: what wrap and unwrap tests need on both sides.</summary>
public sealed class TestChain : IDisposable
{
    private readonly PacketWriter _writer = new();

    public TestChain(NetworkDefinition network, int hops, IRandomSource random, long replayCapacity = 1024)
    {
        Network = network;
        Random = random;
        Keys = new MixKey[hops];
        Path = new PathHop[hops];
        Span<byte> address = stackalloc byte[NodeAddress.ByteLength];
        for (var i = 0; i < hops; i++)
        {
            random.Fill(address);
            Keys[i] = MixKey.Generate(7, replayCapacity, random);
            Path[i] = new PathHop(NodeAddress.FromBytes(address), Keys[i].Public, (uint)(100 + i));
        }
    }

    public NetworkDefinition Network { get; }

    public IRandomSource Random { get; }

    public MixKey[] Keys { get; }

    public PathHop[] Path { get; }

    public static NetworkDefinition CreateNetwork(PacketGeometry? geometry = null, string name = "test", int maxDelayMs = 60_000) =>
        NetworkDefinition.TryCreate(name, geometry ?? PacketGeometry.Default, maxDelayMs, out var network, out var error)
            ? network
            : throw new InvalidOperationException(error.ToString());

    public byte[] Wrap(ReadOnlySpan<byte> message)
    {
        var packet = new byte[Network.Geometry.PacketBytes];
        Require(_writer.Wrap(Network, Path, message, Random, packet));
        return packet;
    }

    public byte[] WrapCover()
    {
        var packet = new byte[Network.Geometry.PacketBytes];
        Require(_writer.WrapCover(Network, Path, Random, packet));
        return packet;
    }

    public void Dispose()
    {
        _writer.Dispose();
        foreach (var key in Keys)
        {
            key.Dispose();
        }
    }

    private static void Require(WrapResult result)
    {
        if (result != WrapResult.Wrapped)
        {
            throw new InvalidOperationException(result.ToString());
        }
    }
}
