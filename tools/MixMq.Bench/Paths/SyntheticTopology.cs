using MixMq.Crypto;
using MixMq.Overlay;
using MixMq.Overlay.Topology;
using MixMq.Simulation;
using MixMq.Sphinx;

namespace MixMq.Bench.Paths;

/// <summary>A random graph of relays of about a degree, every one an end too, as a view of records.</summary>
internal sealed class SyntheticTopology
{
    public const uint Epoch = 7;
    private readonly (NodeAddress Address, MixPublicKey Key)[] _identities;
    private readonly SortedSet<int>[] _links;

    public SyntheticTopology(int nodes, int degree, int pathLinks, SeededRandomSource random)
    {
        if (!NetworkDefinition.TryCreate("bench", PacketGeometry.Default, 1000, out var definition, out _)
            || !NetworkParameters.TryCreate(definition, out var network, out var errors, pathLinks, NetworkParameters.LargestMaxLinks))
        {
            throw new ArgumentException($"No network has paths of {pathLinks} links.", nameof(pathLinks));
        }

        Network = network;
        _identities = [.. Enumerable.Range(0, nodes).Select(_ => Identity(random))];
        _links = [.. Enumerable.Range(0, nodes).Select(_ => new SortedSet<int>())];

        // Rings through all nodes, each in another order: two links a node and ring, but for the few that coincide.
        for (var ring = 0; ring < degree / 2; ring++)
        {
            var order = Enumerable.Range(0, nodes).OrderBy(_ => random.NextUInt64()).ToArray();
            for (var i = 0; i < nodes; i++)
                Set(order[i], order[(i + 1) % nodes], true);
        }

        View = Build(1);
    }

    public NetworkParameters Network { get; }

    public TopologyView View { get; private set; }

    public NodeAddress Address(int node) => _identities[node].Address;

    public TopologyView Renewed(ulong sequence) => Build(sequence);

    /// <summary>The view without, or again with, one link.</summary>
    public TopologyView Toggled(int node, ulong sequence)
    {
        var other = (node + (_links.Length / 2)) % _links.Length;
        Set(node, other, !_links[node].Contains(other));
        return Build(sequence);
    }

    private void Set(int a, int b, bool isLinked)
    {
        _ = isLinked ? _links[a].Add(b) : _links[a].Remove(b);
        _ = isLinked ? _links[b].Add(a) : _links[b].Remove(a);
    }

    private TopologyView Build(ulong sequence) => TopologyView.FromRecords(_identities.Select((identity, i) => Record(identity, i, sequence)), Network);

    private LinkStateRecord Record((NodeAddress Address, MixPublicKey Key) identity, int node, ulong sequence)
    {
        var draft = new LinkStateDraft
        {
            Address = identity.Address,
            Sequence = sequence,
            IssuedUnixMillis = 0,
            ExpiresUnixMillis = 1,
            Flags = LinkStateFlags.Relays,
            MixKeys = [new PublishedMixKey(Epoch, identity.Key)],
            Neighbours = [.. _links[node].Select(other => _identities[other].Address).Order()],
        };
        var encoded = LinkStateDraft.Complete(draft.ToSignedMessage(Network.Definition), new byte[64]);
        var error = LinkStateRecord.TryParse(encoded, Network.Definition, out var record);
        return record ?? throw new InvalidOperationException($"The record can't be read: {error}");
    }

    private static (NodeAddress Address, MixPublicKey Key) Identity(SeededRandomSource random)
    {
        Span<byte> secret = stackalloc byte[32];
        Span<byte> point = stackalloc byte[32];
        random.Fill(secret);
        Ed25519.DerivePublic(secret, point);
        var address = NodeAddress.FromBytes(point);
        X25519.DerivePublic(secret, point);
        return (address, MixPublicKey.FromBytes(point));
    }
}
