using MixMq.Overlay;
using MixMq.Simulation.Nodes;

namespace MixMq.Simulation.Invariants;

/// <summary>
/// Who has had a link to a node for a while knows when that node has lost one of its own links, whatever else goes wrong meanwhile. A node whose disk
/// is full can't publish, one whose clock is wrong isn't believed, and a line that stands still carries nothing; such are left out.
/// </summary>
public sealed class LostLinksAreTold(Exemptions exemptions) : Invariant(exemptions)
{
    /// <summary>Two tokens, a pull that nobody answers and its penalty, a repair, and a reader that is slow.</summary>
    private const long BoundMicros = 45 * Moment.MicrosPerSecond;

    private readonly Dictionary<(int Node, int Peer), long> _downSince = [];
    private readonly Dictionary<(int Node, int Peer), long> _upSince = [];

    public override void Sampled()
    {
        foreach (var node in World.Nodes)
        {
            foreach (var peer in node.Peers)
            {
                if (World.Network.Find(peer.Address) is { } other)
                {
                    Note(node, other);
                }
            }
        }

        var now = World.Clock.Micros;
        foreach (var ((index, peerIndex), since) in _downSince)
        {
            var (node, peer) = (World.Nodes[index], World.Nodes[peerIndex]);
            if (now - since < BoundMicros || !IsHonest(node) || !IsHonest(peer))
            {
                continue;
            }

            foreach (var told in node.Peers)
            {
                if (World.Network.Find(told.Address) is { } viewer && viewer != peer && IsHonest(viewer)
                    && _upSince.TryGetValue((viewer.Index, index), out var up) && now - up > BoundMicros
                    && _upSince.TryGetValue((index, viewer.Index), out up) && now - up > BoundMicros)
                {
                    Check(viewer, node, peer);
                }
            }
        }
    }

    /// <summary>A link that came back for less than the time between two samples was told of, and its loss is another one.</summary>
    public override void LinkChanged(SimNode node, in LinkEvent what)
    {
        if (what is { Kind: LinkEventKind.Up, Peer: { } name } && World.Network.Find(node.Peers.First(NameIs(name)).Address) is { } peer)
        {
            _ = _downSince.Remove((node.Index, peer.Index));
        }

        static Func<PeerOptions, bool> NameIs(string name) => options => options.Name == name;
    }

    private void Note(SimNode node, SimNode peer)
    {
        var key = (node.Index, peer.Index);
        var now = World.Clock.Micros;
        var hasWrongClock = Exemptions.IsClockWrong(node) || now - Exemptions.LastClockJump(node) < BoundMicros;
        var isDisturbed = hasWrongClock || !node.IsRunning || node.IsStopping || node.Disk.IsFull || node.MicrosPerCell > 0 || peer.MicrosPerCell > 0 || World.Network.Line(node, peer) is { IsClogged: true } or { BytesPerSecond: > 0 } or { Window: < 64 }
            || World.Network.IsCut(node, peer) || World.Network.IsCut(peer, node);
        if (isDisturbed)
        {
            _ = _upSince.Remove(key);
            if (!node.IsRunning || node.Disk.IsFull || hasWrongClock || node.MicrosPerCell > 0)
            {
                _ = _downSince.Remove(key);
                return;
            }
        }

        if (node.IsUp(peer))
        {
            _ = _downSince.Remove(key);
            if (!isDisturbed)
            {
                _ = _upSince.TryAdd(key, now);
            }
        }
        else
        {
            _ = _upSince.Remove(key);
            _ = _downSince.TryAdd(key, now);
        }
    }

    private void Check(SimNode viewer, SimNode node, SimNode peer)
    {
        var view = viewer.Core.View;
        if (view.TryFind(node.Address, out var at) && view.TryFind(peer.Address, out var other) && view.Nodes[at].Links.Contains(other))
        {
            var own = node.Core.FindRecord(node.Address);
            Violate(
                $"{viewer.Name} still counts the link that {node.Name} lost to {peer.Name}, although it is {node.Name}'s neighbour: it holds sequence "
                + $"{view.Nodes[at].Sequence}, {node.Name} has published {own?.Sequence}{(own?.Neighbours.Contains(peer.Address) == true ? " with that link" : "")}.");
        }
    }
}
