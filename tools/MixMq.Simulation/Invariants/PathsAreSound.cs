using MixMq.Simulation.Nodes;
using MixMq.Sphinx.Sending;

namespace MixMq.Simulation.Invariants;

/// <summary>
/// A packet's path goes over links that exist: between nodes that are configured as each other's peers (whatever hostile ones claim), through
/// relays only, through no node twice, of a length that the network allows, and never through what doesn't exist. A loop comes to its node again, and may end with the relay that it began with.
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

        Check(node, node, path);
    }

    public override void SurbMade(SimNode node, ReadOnlySpan<PathHop> back)
    {
        if (!IsHonest(node))
        {
            return;
        }

        if (back[^1].Address != node.Address)
        {
            Violate($"{node.Name} made a SURB that doesn't lead to it.");
        }

        if (World.Network.Find(back[0].Address) is { } user)
        {
            Check(node, user, back[1..]);
        }
    }

    private void Check(SimNode node, SimNode first, ReadOnlySpan<PathHop> path)
    {
        // Where there is no path of the network's length the nearest is taken, within these.
        if (path.Length < 2 || path.Length > node.Parameters.Definition.Geometry.Hops - 1)
        {
            Violate($"{node.Name} made a packet over {path.Length} links.");
        }

        var previous = first;
        var isLoop = path[^1].Address == first.Address;
        Span<int> passed = stackalloc int[path.Length + 1];
        passed[0] = first.Index;
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

            var seen = passed[..(i + 1)].IndexOf(hop.Index);
            var mayRepeat = isLoop && ((i == path.Length - 1 && seen == 0) || (i == path.Length - 2 && seen == 1 && i > 2));
            if (seen >= 0 && !mayRepeat)
            {
                Violate($"{node.Name} made a packet that passes {hop.Name} twice.");
            }

            passed[i + 1] = hop.Index;
            previous = hop;
        }
    }
}
