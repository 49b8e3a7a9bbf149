using MixMq.Overlay;
using MixMq.Overlay.Map;
using MixMq.Simulation.Nodes;
using MixMq.Simulation.Observation;
using MixMq.Sphinx;
using MixMq.Sphinx.Sending;

namespace MixMq.Simulation.Invariants;

/// <summary>
/// A node holds and uses only successions that those have signed who must, and calls those emergencies that are. Who has one in use sends nothing to the old address any more; two gossip
/// rounds after the network is whole nobody does, and every node has all of them in use.
/// </summary>
public sealed class SuccessionsAreFollowed(Exemptions exemptions) : Invariant(exemptions)
{
    /// <summary>Two rounds of 60 s (spec/08, section 6).</summary>
    private const long BoundMicros = 2 * RevocationFigures.RoundMicros;

    /// <summary>From the map to the thread that sends; what was drawn before is being wrapped.</summary>
    private const long GraceMicros = Moment.MicrosPerSecond;

    private readonly Dictionary<NodeAddress, (Succession Statement, long Micros)> _issued = [];
    private readonly Dictionary<(int Node, NodeAddress Old), long> _used = [];
    private readonly Dictionary<int, NetworkMapView> _checked = [];
    private long _wholeMicros = long.MaxValue / 2;

    /// <summary>Statements that were signed by all who must.</summary>
    public int Count => _issued.Count;

    /// <summary>The longest time from when a node was seen to have a succession in use to a packet of its to the old address.</summary>
    public long LastUseMicros { get; private set; }

    /// <summary>A key was changed, and this is what says so.</summary>
    public void Issued(Succession statement) => _issued.Add(statement.Old, (statement, World.Clock.Micros));

    /// <summary>From now on nothing goes wrong any more.</summary>
    public void IsWhole() => _wholeMicros = World.Clock.Micros;

    public override void Stopped(SimNode node, StopKind kind)
    {
        _ = _checked.Remove(node.Index);
        foreach (var old in _issued.Keys)
        {
            _ = _used.Remove((node.Index, old));
        }
    }

    public override void Sampled()
    {
        foreach (var node in World.Nodes)
        {
            if (node.IsRunning && IsHonest(node) && node.Governance is not null && node.Core.Map is var map && _checked.GetValueOrDefault(node.Index) != map)
            {
                Check(node, map);
                _checked[node.Index] = map;
            }
        }
    }

    public override void PacketMade(SimNode node, ReadOnlySpan<PathHop> path, ReadOnlySpan<byte> message, ReadOnlySpan<byte> packet)
    {
        var to = path[^1].Address;
        if (!IsHonest(node) || !_issued.TryGetValue(to, out var succession))
        {
            return;
        }

        var now = World.Clock.Micros;
        if (_used.TryGetValue((node.Index, to), out var since))
        {
            LastUseMicros = Math.Max(LastUseMicros, now - since);
            if (now - since > GraceMicros)
            {
                Violate($"{node.Name} made a packet to an address that {World.Network.Find(to)?.Name} has given up, as it knows.");
            }
        }

        if (now - Math.Max(succession.Micros, _wholeMicros) > BoundMicros)
        {
            Violate($"{node.Name} made a packet to an address that {World.Network.Find(to)?.Name} has given up more than two rounds ago.");
        }
    }

    public override void AtTheEnd()
    {
        foreach (var node in World.Nodes.Where(node => node.IsRunning && IsHonest(node) && node.Governance is not null && !Exemptions.IsRevoked(node)))
        {
            var successions = node.Core.Map.Successions;
            foreach (var (old, (statement, _)) in _issued)
            {
                var owner = World.Network.Find(old)!;
                if (successions.Last(old) != owner.Address || successions.First(owner.Address) != owner.KnownAs)
                {
                    Violate($"{node.Name} doesn't know of the successor of an address of {owner.Name} (emergency: {statement.IsEmergency}).");
                }
            }
        }
    }

    private void Check(SimNode node, NetworkMapView map)
    {
        var inUse = new HashSet<NodeAddress>();
        foreach (var (statement, use) in map.ListedSuccessions)
        {
            if (!_issued.TryGetValue(statement.Old, out var issued) || issued.Statement.New != statement.New || issued.Statement.Number != statement.Number
                || issued.Statement.IsEmergency != statement.IsEmergency)
            {
                Violate($"{node.Name} holds a succession of {World.Network.Find(statement.Old)?.Name} that not all have signed who must.");
            }

            if (use == SuccessionUse.InUse)
            {
                _ = inUse.Add(statement.Old);
                _ = _used.TryAdd((node.Index, statement.Old), World.Clock.Micros);
            }
        }

        foreach (var (old, (statement, _)) in _issued)
        {
            if (!inUse.Contains(old))
            {
                // A clock that was set back: its time is still to come.
                _ = _used.Remove((node.Index, old));
            }

            CheckRow(node, map.Successions, old);
            CheckRow(node, map.Successions, statement.New);
        }
    }

    // The rows, and whether they are marked, written anew.
    private void CheckRow(SimNode node, Successions successions, NodeAddress address)
    {
        var row = successions.All(address);
        var isByEmergency = false;
        for (var i = 0; i + 1 < row.Length; i++)
        {
            if (!_issued.TryGetValue(row[i], out var issued) || issued.Statement.New != row[i + 1])
            {
                Violate($"{node.Name} takes an address for a successor's that nobody has made one.");
            }

            isByEmergency |= issued.Statement.IsEmergency;
        }

        if (successions.IsByEmergency(address) != isByEmergency)
        {
            Violate($"{node.Name} says of an address of {World.Network.Find(address)?.Name} that it came by an emergency: {!isByEmergency}.");
        }
    }
}
