using MixMq.Overlay;
using MixMq.Overlay.Admission;
using MixMq.Simulation.Nodes;
using MixMq.Simulation.Observation;
using MixMq.Sphinx;
using MixMq.Sphinx.Sending;

namespace MixMq.Simulation.Invariants;

/// <summary>
/// No path goes through a node whose admission was ended: at once, by who knows of it, and two gossip rounds after the network is whole again by
/// nobody. Who knows of it has no link with such a node.
/// </summary>
public sealed class EndedAdmissionsAreNotUsed(Exemptions exemptions) : Invariant(exemptions)
{
    /// <summary>Two rounds of 60 s (spec/08, section 6).</summary>
    public const long BoundMicros = 2 * RevocationFigures.RoundMicros;

    /// <summary>What was drawn before is being wrapped, and a connection being closed.</summary>
    private const long GraceMicros = Moment.MicrosPerSecond;

    private readonly Dictionary<int, (RevokedAddresses List, long Micros)> _known = [];
    private readonly Dictionary<NodeAddress, long> _ended = [];
    private long _wholeMicros = long.MaxValue / 2;

    /// <summary>When addresses were last on a path.</summary>
    public RevocationFigures Figures { get; private set; }

    /// <summary>An authority's list was given to somebody.</summary>
    public void Ended(SimNode node)
    {
        Ended(node.Address);
        Exemptions.AddRevoked(node);
    }

    /// <summary>An authority's list with an address that its node has given up was given to somebody.</summary>
    public void Ended(NodeAddress former)
    {
        _ended.TryAdd(former, World.Clock.Micros);
        Figures = Figures with { Revoked = _ended.Count };
    }

    /// <summary>From now on nothing goes wrong any more.</summary>
    public void IsWhole() => _wholeMicros = World.Clock.Micros;

    public override void Stopped(SimNode node, StopKind kind) => _known.Remove(node.Index);

    public override void Sampled()
    {
        foreach (var node in World.Nodes)
        {
            if (!node.IsRunning || !IsHonest(node) || node.Statements.OfType<RevokedAddresses>().FirstOrDefault() is not { } list)
            {
                continue;
            }

            if (!_known.TryGetValue(node.Index, out var known) || known.List != list)
            {
                _known[node.Index] = (list, World.Clock.Micros);
                continue;
            }

            if (World.Clock.Micros - known.Micros > GraceMicros
                && node.Peers.Find(peer => list.Revokes(peer.Address, node.Now.UnixMillis) && node.Core.TryGetLink(peer.Address, out _)) is { } peer)
            {
                Violate($"{node.Name} has a link to {peer.Name}, whose admission was ended.");
            }
        }
    }

    public override void PacketMade(SimNode node, ReadOnlySpan<PathHop> path, ReadOnlySpan<byte> message, ReadOnlySpan<byte> packet)
    {
        if (!IsHonest(node) || _ended.Count == 0)
        {
            return;
        }

        foreach (var hop in path)
        {
            if (!_ended.TryGetValue(hop.Address, out var ended))
            {
                continue;
            }

            var now = World.Clock.Micros;
            var since = now - Math.Max(ended, _wholeMicros);
            Figures = Figures.With(now - ended, since);
            if (since > BoundMicros)
            {
                Violate($"{node.Name} made a packet through {World.Network.Find(hop.Address)?.Name}, whose admission was ended more than two rounds ago.");
            }

            if (_known.TryGetValue(node.Index, out var known) && now - known.Micros > GraceMicros && known.List.Revokes(hop.Address, node.Now.UnixMillis))
            {
                Violate($"{node.Name} made a packet through {World.Network.Find(hop.Address)?.Name}, of whose revocation it knows.");
            }
        }
    }

    public override void AtTheEnd()
    {
        foreach (var address in _ended.Keys)
        {
            foreach (var node in World.Nodes)
            {
                if (node.IsRunning && IsHonest(node) && !Exemptions.IsRevoked(node) && node.Core.View.TryFind(address, out _))
                {
                    Violate($"{node.Name} still sees {World.Network.Find(address)?.Name}, whose admission was ended.");
                }
            }
        }
    }
}
