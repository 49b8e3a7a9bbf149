using MixMq.Overlay;
using MixMq.Simulation.Nodes;
using MixMq.Sphinx;

namespace MixMq.Simulation.Invariants;

/// <summary>
/// Nobody dials a peer that isn't his to dial, least of all a float its inside. A float in a DMZ lets nobody in from outside unless a link to its inside is up; its public port
/// closes when the inside has been away for as long as that takes to be noticed, and is open while it is there.
/// </summary>
public sealed class FloatsKeepToTheDmz(Exemptions exemptions) : Invariant(exemptions)
{
    /// <summary>From the end of a link to the closed port: one post from thread to thread.</summary>
    private const long GraceMicros = Moment.MicrosPerMilli;

    /// <summary>Until a silent loss is noticed: four HELLOs, after what a thin line or a slow reader had still in it.</summary>
    private const long LossMicros = 45 * Moment.MicrosPerSecond;

    private readonly Dictionary<int, HashSet<string>> _up = [];
    private readonly Dictionary<int, long> _downSince = [];
    private readonly Dictionary<int, long> _reached = [];
    private readonly Dictionary<int, long> _activated = [];

    public override void Started(SimNode node)
    {
        _ = _up.Remove(node.Index);
        _ = _downSince.Remove(node.Index);
        _ = _activated.Remove(node.Index);
    }

    public override void Dialled(SimNode from, NodeAddress to)
    {
        if (!IsHonest(from))
        {
            return;
        }

        if (from.HasInside(to))
        {
            Violate($"{from.Name} dials its inside.");
        }

        foreach (var peer in from.Peers)
        {
            if (peer.Address == to && !peer.Dials)
            {
                Violate($"{from.Name} dials {peer.Name}, by which it is only to be dialled.");
            }
        }
    }

    public override void LinkChanged(SimNode node, in LinkEvent what)
    {
        if (!node.IsInDmz || what is not { Kind: LinkEventKind.Up or LinkEventKind.Down, Peer: { } name } || !IsInside(node, name))
        {
            return;
        }

        if (!_up.TryGetValue(node.Index, out var up))
        {
            _up.Add(node.Index, up = []);
        }

        _ = what.Kind == LinkEventKind.Up ? up.Add(name) : up.Remove(name);
        if (up.Count == 0)
        {
            _downSince[node.Index] = World.Clock.Micros;
        }
    }

    public override void Connected(SimNode dialler, SimNode acceptor)
    {
        if (!acceptor.IsInDmz || acceptor.HasInside(dialler.Address) || (_up.TryGetValue(acceptor.Index, out var up) && up.Count > 0))
        {
            return;
        }

        if (!_downSince.TryGetValue(acceptor.Index, out var since) || World.Clock.Micros - since > GraceMicros)
        {
            Violate($"{acceptor.Name} lets {dialler.Name} in while no link to its inside is up.");
        }
    }

    public override void Sampled()
    {
        var now = World.Clock.Micros;
        foreach (var node in World.Nodes)
        {
            if (!node.IsInDmz || !IsHonest(node))
            {
                continue;
            }

            if (!node.IsRunning || node.MicrosPerCell > 0 || IsInsideReachable(node))
            {
                _reached[node.Index] = now;
            }

            if (node.IsPublicPortOpen && now - _reached.GetValueOrDefault(node.Index) > LossMicros)
            {
                Violate($"The public port of {node.Name} is open although its inside has been away for {(now - _reached.GetValueOrDefault(node.Index)) / Moment.MicrosPerSecond} s.");
            }

            // Closed though activated, in two samples and all the time between.
            if (!node.IsActivated || node.IsPublicPortOpen)
            {
                _ = _activated.Remove(node.Index);
            }
            else if (!_activated.TryAdd(node.Index, now) && _downSince.GetValueOrDefault(node.Index) < _activated[node.Index])
            {
                Violate($"The public port of {node.Name} stays closed although a link to its inside is up.");
            }
        }
    }

    private static bool IsInside(SimNode node, string name)
    {
        foreach (var peer in node.Peers)
        {
            if (peer.Name == name)
            {
                return node.HasInside(peer.Address);
            }
        }

        return false;
    }

    private bool IsInsideReachable(SimNode node)
    {
        foreach (var peer in node.Peers)
        {
            if (node.HasInside(peer.Address) && World.Network.Find(peer.Address) is { IsRunning: true } inside
                && !World.Network.IsCut(node, inside) && !World.Network.IsCut(inside, node))
            {
                return true;
            }
        }

        return false;
    }
}
