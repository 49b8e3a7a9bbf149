using MixMq.Contracts.Control.V1;
using MixMq.Overlay.Topology;
using MixMq.Sphinx;

namespace MixMq.Node.Api;

/// <summary>Puts a view of the network into the control protocol's message: each link once, those that only one end claims marked.</summary>
internal static class TopologyReport
{
    internal static NetworkTopology Of(TopologyView view, IEnumerable<Equivocation> equivocations, NodeAddress own, Names names)
    {
        var topology = new NetworkTopology();
        for (int i = 0; i < view.Nodes.Length; i++)
        {
            TopologyNode node = view.Nodes[i];
            var entry = new NetworkNode
            {
                Address = node.Address.ToString(),
                Name = names.Of(node.Address),
                Relays = node.Relays,
                Reachable = node.Record.Flags.HasFlag(LinkStateFlags.Reachable),
                Sequence = node.Sequence,
                ExpiresUnixMs = node.ExpiresUnixMillis,
                Own = node.Address == own,
            };
            entry.Epochs.AddRange(node.MixKeys.Select(key => (ulong)key.Epoch));
            topology.Nodes.Add(entry);
            foreach (int neighbour in node.Links.Where(neighbour => neighbour > i))
            {
                topology.Links.Add(Link(node.Address, view.Nodes[neighbour].Address, twoSided: true));
            }

            topology.Links.AddRange(node.OneSided.Select(neighbour => Link(node.Address, neighbour, twoSided: false)));
        }

        topology.Quarantined.AddRange(equivocations.Select(Quarantined));
        return topology;
    }

    internal static QuarantinedOrigin Quarantined(Equivocation pair) => new()
    {
        Address = pair.Address.ToString(),
        Sequence = pair.Sequence,
        Hashes = { pair.First.Hash.ToString(), pair.Second.Hash.ToString() },
        UntilUnixMs = pair.UntilUnixMillis,
    };

    private static NetworkLink Link(NodeAddress a, NodeAddress b, bool twoSided) => new()
    {
        AddressA = a.ToString(),
        AddressB = b.ToString(),
        TwoSided = twoSided,
    };
}
