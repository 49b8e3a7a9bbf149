using System.Collections.Concurrent;
using MixMq.Crypto;
using MixMq.Overlay;
using MixMq.Overlay.Topology;
using MixMq.Sphinx;
using MixMq.Simulation.Time;

namespace MixMq.Endpoint.Tests.Views;

/// <summary>Records by origin, version and variant; made once, since to parse one costs a point decompression.</summary>
internal static class RecordBook
{
    public const long StepMillis = 15_000;
    public const int FirstVersion = 40;
    private static readonly ConcurrentDictionary<int, NodeAddress> Addresses = new();
    private static readonly ConcurrentDictionary<(int Origin, int Version, int Variant, long LifetimeMillis), LinkStateRecord> Records = new();

    public static NetworkParameters Network { get; } = CreateNetwork();

    /// <summary>The version that an origin issues at a virtual time.</summary>
    public static int VersionAt(long micros) => FirstVersion + (int)(micros / 1000 / StepMillis);

    public static NodeAddress Address(int origin) => Addresses.GetOrAdd(origin, static number =>
    {
        var seed = new byte[32];
        BitConverter.TryWriteBytes(seed, number + 1);
        seed[31] = 77;
        var key = new byte[32];
        Ed25519.DerivePublic(seed, key);
        return NodeAddress.FromBytes(key);
    });

    public static LinkStateRecord Get(int origin, int version, int variant = 0, long lifetimeMillis = 3_600_000) =>
        Records.GetOrAdd((origin, version, variant, lifetimeMillis), static key =>
        {
            var issued = SimClock.StartUnixMillis + ((key.Version - FirstVersion) * StepMillis);
            var draft = new LinkStateDraft
            {
                Address = Address(key.Origin),
                Sequence = (ulong)key.Version + 1,
                IssuedUnixMillis = issued,
                ExpiresUnixMillis = issued + key.LifetimeMillis,
                Flags = LinkStateFlags.Relays | (key.Variant == 0 ? LinkStateFlags.None : LinkStateFlags.Reachable),
            };
            var encoded = LinkStateDraft.Complete(draft.ToSignedMessage(Network.Definition), new byte[64]);
            var error = LinkStateRecord.TryParse(encoded, Network.Definition, out var record);
            return record ?? throw new InvalidOperationException(error.ToString());
        });

    public static TopologyView View(IEnumerable<LinkStateRecord> records) => TopologyView.FromRecords(records, Network);

    private static NetworkParameters CreateNetwork()
    {
        Assert.True(NetworkDefinition.TryCreate("views", PacketGeometry.Default, 60_000, out var definition, out _));
        Assert.True(NetworkParameters.TryCreate(definition, out var network, out _));
        return network;
    }
}
