using System.Collections.Immutable;
using MixMq.Crypto;
using MixMq.Overlay.Topology;
using MixMq.Sphinx;

namespace MixMq.Overlay.Tests.Topology;

/// <summary>A node's key pair and mix keys, made from a number.</summary>
internal sealed class TestIdentity
{
    private readonly byte[] _seed = new byte[32];

    public TestIdentity(int number)
    {
        BitConverter.TryWriteBytes(_seed, number + 1);
        var bytes = new byte[32];
        Ed25519.DerivePublic(_seed, bytes);
        Address = NodeAddress.FromBytes(bytes);
        MixKeys = [.. Enumerable.Range(0, 3).Select(epoch =>
        {
            var secret = new byte[32];
            BitConverter.TryWriteBytes(secret.AsSpan(8), ((number + 1) * 8) + epoch);
            X25519.DerivePublic(secret, bytes);
            return new PublishedMixKey((uint)(100 + epoch), MixPublicKey.FromBytes(bytes));
        })];
    }

    public NodeAddress Address { get; }

    public ImmutableArray<PublishedMixKey> MixKeys { get; }

    public byte[] Sign(ReadOnlySpan<byte> message)
    {
        var signature = new byte[64];
        Ed25519.Sign(_seed, message, signature);
        return signature;
    }

    public LinkStateDraft Draft(ulong sequence, long issued, params NodeAddress[] neighbours) => new()
    {
        Address = Address,
        Sequence = sequence,
        IssuedUnixMillis = issued,
        ExpiresUnixMillis = issued + 3_600_000,
        Flags = LinkStateFlags.Relays,
        MixKeys = MixKeys,
        Neighbours = [.. neighbours],
    };

    public byte[] Encode(LinkStateDraft draft)
    {
        var message = draft.ToSignedMessage(TestNetwork.Definition);
        return LinkStateDraft.Complete(message, Sign(message));
    }

    public LinkStateRecord Record(ulong sequence, long issued, params NodeAddress[] neighbours) =>
        Parse(Encode(Draft(sequence, issued, neighbours) with { MixKeys = MixKeys[..1] }));

    public static LinkStateRecord Parse(byte[] encoded)
    {
        Assert.Equal(LinkStateError.None, LinkStateRecord.TryParse(encoded, TestNetwork.Definition, out var record));
        return record!;
    }
}

internal static class TestNetwork
{
    /// <summary>Room for content in a cell of the default geometry.</summary>
    public const int CellContent = 3167;

    public static NetworkParameters Parameters { get; } = Create();

    public static NetworkDefinition Definition => Parameters.Definition;

    public static TopologyOptions Options(TestIdentity identity, int recordLimit = 4096, long lifetimeMillis = 3_600_000) => new()
    {
        Network = Parameters,
        Own = identity.Address,
        Relays = true,
        MaxCellContent = CellContent,
        RecordLimit = recordLimit,
        RecordLifetimeMillis = lifetimeMillis,
    };

    private static NetworkParameters Create()
    {
        Assert.True(NetworkDefinition.TryCreate("topology-test", PacketGeometry.Default, 60_000, out var definition, out _));
        Assert.True(NetworkParameters.TryCreate(definition, out var parameters, out _));
        return parameters;
    }
}
