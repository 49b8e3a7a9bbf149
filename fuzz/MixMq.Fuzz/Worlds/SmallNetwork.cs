using MixMq.Crypto;
using MixMq.Overlay;
using MixMq.Overlay.Topology;
using MixMq.Sphinx;

namespace MixMq.Fuzz.Worlds;

/// <summary>A network with small packets, so that a fuzzer's bytes reach every field.</summary>
internal static class SmallNetwork
{
    public static NetworkDefinition Definition { get; } = Create(new PacketGeometry(4, 256, 96));

    public static NetworkParameters Parameters { get; } = CreateParameters(Definition);

    /// <summary>Lane A holds the longest envelope, which messaging asks for.</summary>
    public static NetworkParameters MessagingParameters { get; } = CreateParameters(Create(new PacketGeometry(4, 1024, 96)));

    public static byte[] Bytes(int length, byte first) => [.. Enumerable.Range(0, length).Select(i => (byte)(first + i))];

    public static byte[] Bytes(RecordHash hash)
    {
        var bytes = new byte[RecordHash.Bytes];
        hash.CopyTo(bytes);
        return bytes;
    }

    public static NodeAddress Address(byte first) => NodeAddress.FromBytes(Bytes(NodeAddress.ByteLength, first));

    /// <summary>The address whose private key is <see cref="Seed"/>.</summary>
    public static NodeAddress AddressOfSeed(byte first)
    {
        var key = new byte[Ed25519.PublicKeyBytes];
        Ed25519.DerivePublic(Seed(first), key);
        return NodeAddress.FromBytes(key);
    }

    public static byte[] Seed(byte first) => Bytes(32, first);

    private static NetworkDefinition Create(PacketGeometry geometry) =>
        NetworkDefinition.TryCreate("fuzz", geometry, NetworkDefinition.DefaultMaxDelayMs, out var network, out var error)
            ? network
            : throw new InvalidOperationException(error.ToString());

    private static NetworkParameters CreateParameters(NetworkDefinition definition) =>
        NetworkParameters.TryCreate(definition, out var parameters, out var errors, pathLinks: 3)
            ? parameters
            : throw new InvalidOperationException(string.Join(' ', errors));
}
