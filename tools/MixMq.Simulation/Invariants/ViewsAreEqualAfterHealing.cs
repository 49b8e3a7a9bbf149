using System.Buffers.Binary;
using System.Security.Cryptography;
using MixMq.Overlay;
using MixMq.Overlay.Topology;
using MixMq.Simulation.Nodes;
using MixMq.Sphinx;

namespace MixMq.Simulation.Invariants;

/// <summary>
/// When nothing disturbs the network any more, within the bound that follows from the specification's times all nodes see the same network, and that is
/// the true one: all nodes that run, and all links that are up between them, as far as the greatest number of links lets them count.
/// </summary>
public sealed class ViewsAreEqualAfterHealing(Exemptions exemptions) : Invariant(exemptions)
{
    /// <summary>A dial into the void, the longest pause between dials, the longest damping, and room for records and their buckets.</summary>
    private const double PlainSeconds = 10 + 60 + 60 + 30;

    /// <summary>Who dials a float whose inside is away is refused; once it is back, which takes a dial and a pause, there may be a pause more.</summary>
    private const double DmzSeconds = 10 + 60;

    /// <summary>How long it may take.</summary>
    public double BoundSeconds => PlainSeconds + (World.Nodes.Any(node => node.IsInDmz) ? DmzSeconds : 0);

    /// <summary>Whether hostile nodes go on lying: then only what concerns honest ones is compared.</summary>
    public bool HonestOnly { get; set; }

    public override void AtTheEnd()
    {
        if (Difference() is { } difference)
        {
            Violate(difference);
        }
    }

    /// <summary>In what the views differ from the truth or from each other; null: in nothing.</summary>
    public string? Difference()
    {
        SimNode[] nodes = [.. World.Nodes.Where(node => node.IsRunning && IsHonest(node) && !Exemptions.HasContradicted(node) && !Exemptions.IsRevoked(node))];
        foreach (var node in nodes)
        {
            foreach (var peer in node.Peers)
            {
                if (World.Network.Find(peer.Address) is { IsRunning: true } other && nodes.Contains(other) && !node.IsUp(other) && (MayDial(node, other) || MayDial(other, node)))
                {
                    return $"{node.Name} has no link to {other.Name}.";
                }
            }
        }

        foreach (var viewer in nodes)
        {
            if (Compare(viewer, nodes, Counting([.. UpLinks(nodes, viewer.Core.View)], World.Parameters)) is { } difference)
            {
                return difference;
            }
        }

        return HonestOnly ? null : Digests(nodes);
    }

    /// <summary>Whether one can come to the other: where the inside of a float can't start any more, its public port stays closed.</summary>
    private bool MayDial(SimNode from, SimNode to) =>
        from.Peers.Any(peer => peer.Dials && peer.Address == to.Address)
        && (!to.IsInDmz || to.HasInside(from.Address) || World.Nodes.Any(node => node.IsRunning && to.HasInside(node.Address)));

    private string? Digests(SimNode[] nodes)
    {
        foreach (var node in nodes.Skip(1))
        {
            if (!node.Core.View.Digest.AsSpan().SequenceEqual(nodes[0].Core.View.Digest.AsSpan()))
            {
                return $"{node.Name} and {nodes[0].Name} hold different records{Differing(node.Core.View, nodes[0].Core.View)}.";
            }
        }

        return null;
    }

    private string Differing(TopologyView one, TopologyView other) => string.Concat(one.Nodes.Concat(other.Nodes).Select(node => node.Address).Distinct()
        .Select(address => (Address: address, One: SequenceIn(one, address), Other: SequenceIn(other, address)))
        .Where(found => found.One != found.Other)
        .Select(found => $", of {World.Network.Find(found.Address)?.Name}{(World.Network.Find(found.Address)?.Address == found.Address ? "" : " under a former address")} {found.One} and {found.Other}"));

    private static ulong? SequenceIn(TopologyView view, NodeAddress address) => view.TryFind(address, out var at) ? view.Nodes[at].Sequence : null;

    private static string? Compare(SimNode viewer, SimNode[] nodes, HashSet<(NodeAddress, NodeAddress)> truth)
    {
        var view = viewer.Core.View;
        foreach (var node in nodes)
        {
            if (node.Peers.Any(peer => nodes.Any(other => other.Address == peer.Address)) && !view.TryFind(node.Address, out _))
            {
                return $"{viewer.Name} doesn't see {node.Name}, whose record has sequence {node.Snapshot().OwnSequence} and whose clock shows {node.Now.UnixMillis}; seen by {string.Join(", ", nodes.Where(other => other.Core.View.TryFind(node.Address, out _)).Select(other => other.Name))}.";
            }
        }

        var honest = nodes.ToDictionary(node => node.Address);
        HashSet<(NodeAddress, NodeAddress)> seen = [];
        foreach (var node in view.Nodes)
        {
            foreach (var link in node.Links)
            {
                if (honest.ContainsKey(node.Address) && honest.ContainsKey(view.Nodes[link].Address))
                {
                    _ = seen.Add(Pair(node.Address, view.Nodes[link].Address));
                }
            }
        }

        foreach (var (a, b) in truth)
        {
            if (honest.TryGetValue(a, out var one) && honest.TryGetValue(b, out var other) && !seen.Contains((a, b)))
            {
                return $"{viewer.Name} doesn't see the link of {one.Name} and {other.Name}.";
            }
        }

        foreach (var (a, b) in seen)
        {
            if (!truth.Contains((a, b)))
            {
                return $"{viewer.Name} sees a link of {honest[a].Name} and {honest[b].Name} that doesn't count.";
            }
        }

        return null;
    }

    /// <summary>Links that are up at both ends; of one to a hostile node, up at the honest end and claimed by what the viewer believes of the other.</summary>
    private IEnumerable<(NodeAddress, NodeAddress)> UpLinks(SimNode[] nodes, TopologyView view)
    {
        foreach (var node in nodes)
        {
            foreach (var peer in node.Peers)
            {
                if (World.Network.Find(peer.Address) is { IsRunning: true } other && node.IsUp(other)
                    && (Exemptions.IsHostile(other) || Exemptions.HasContradicted(other) || Exemptions.IsRevoked(other)
                        ? view.TryFind(other.Address, out var hostile) && view.Nodes[hostile].Record.Neighbours.Contains(node.Address)
                        : node.Address.CompareTo(other.Address) < 0))
                {
                    yield return Pair(node.Address, other.Address);
                }
            }
        }
    }

    /// <summary>The rule of spec/06 for the greatest number of links, written anew: a link counts if it is among the first by rank at both ends.</summary>
    private static HashSet<(NodeAddress, NodeAddress)> Counting((NodeAddress A, NodeAddress B)[] links, NetworkParameters network)
    {
        if (links.SelectMany(link => (NodeAddress[])[link.A, link.B]).CountBy(end => end).All(end => end.Value <= network.MaxLinks))
        {
            return [.. links];
        }

        var ranked = links.Select(link => (link.A, link.B, Rank: Rank(link.A, link.B, network))).OrderBy(link => link.Rank).ToArray();
        var first = new Dictionary<NodeAddress, HashSet<(NodeAddress, NodeAddress)>>();
        foreach (var (a, b, _) in ranked)
        {
            foreach (var end in (ReadOnlySpan<NodeAddress>)[a, b])
            {
                if (!first.TryGetValue(end, out var own))
                {
                    first[end] = own = [];
                }

                if (own.Count < network.MaxLinks)
                {
                    _ = own.Add((a, b));
                }
            }
        }

        return [.. links.Where(link => first[link.A].Contains(link) && first[link.B].Contains(link))];
    }

    private static UInt128 Rank(NodeAddress a, NodeAddress b, NetworkParameters network)
    {
        Span<byte> addresses = stackalloc byte[2 * NodeAddress.ByteLength];
        a.CopyTo(addresses);
        b.CopyTo(addresses[NodeAddress.ByteLength..]);
        return BinaryPrimitives.ReadUInt128BigEndian(SHA256.HashData([.. "MixMq-link-rank-v1"u8, .. network.Definition.Id, .. addresses]));
    }

    private static (NodeAddress, NodeAddress) Pair(NodeAddress a, NodeAddress b) => a.CompareTo(b) < 0 ? (a, b) : (b, a);
}
