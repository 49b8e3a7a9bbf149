using MixMq.Simulation.Nodes;
using MixMq.Sphinx.Sending;

namespace MixMq.Simulation.Invariants;

/// <summary>
/// A packet's path goes over links that exist: between nodes that are configured as each other's peers (whatever hostile ones claim), through
/// relays only, through no node twice, of a length that the network allows, and never through what doesn't exist.
/// </summary>
public sealed class PathsAreSound(Exemptions exemptions) : Invariant(exemptions)
{
    private readonly HashSet<(int, int)> _peers = [];

    public override void Started(SimNode node)
    {
        foreach (var peer in node.Peers)
        {
            if (World.Network.Find(peer.Address) is { } other)
            {
                _ = _peers.Add((node.Index, other.Index));
            }
        }
    }

    public override void PacketMade(SimNode node, ReadOnlySpan<PathHop> path, ReadOnlySpan<byte> message, ReadOnlySpan<byte> packet)
    {
        if (!IsHonest(node))
        {
            return;
        }

        // Where there is no path of the network's length the nearest is taken, within these.
        if (path.Length < 2 || path.Length > node.Parameters.Definition.Geometry.Hops - 1)
        {
            Violate($"{node.Name} made a packet over {path.Length} links.");
        }

        var previous = node;
        Span<int> passed = stackalloc int[path.Length + 1];
        passed[0] = node.Index;
        for (var i = 0; i < path.Length; i++)
        {
            if (World.Network.Find(path[i].Address) is not { } hop)
            {
                Violate($"{node.Name} made a packet that goes through a node that doesn't exist.");
                return;
            }

            if ((IsHonest(previous) && !_peers.Contains((previous.Index, hop.Index))) || (IsHonest(hop) && !_peers.Contains((hop.Index, previous.Index))))
            {
                Violate($"{node.Name} made a packet that goes from {previous.Name} to {hop.Name}, which aren't peers.");
            }

            if (i < path.Length - 1 && !hop.Relays)
            {
                Violate($"{node.Name} made a packet that goes through {hop.Name}, which doesn't relay.");
            }

            if (passed[..(i + 1)].Contains(hop.Index))
            {
                Violate($"{node.Name} made a packet that passes {hop.Name} twice.");
            }

            passed[i + 1] = hop.Index;
            previous = hop;
        }
    }
}
