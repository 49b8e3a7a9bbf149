using MixMq.Overlay;
using MixMq.Simulation.Nodes;
using MixMq.Simulation.Observation;
using MixMq.Sphinx;

namespace MixMq.Simulation.Network;

/// <summary>
/// What lies between the nodes: connections that keep their cells in order, lines that take their time, and all that can go wrong with them.
/// A cut or clogged line holds back what is sent, as TCP repeats it until it gets through; only a reset loses anything.
/// </summary>
public sealed class SimNetwork
{
    private readonly World _world;
    private readonly Dictionary<(int From, int To), SimLine> _lines = [];
    private readonly HashSet<SimEnd> _ends = [];
    private readonly Dictionary<NodeAddress, SimNode> _byAddress = [];
    private readonly Dictionary<NodeAddress, SimNode> _owners = [];
    private int[]? _groups;
    private bool _groupsOneWay;

    internal SimNetwork(World world)
    {
        _world = world;
        Random = new SimRandom(world.Seed, "network");
    }

    /// <summary>For the network's own dice: delays, channel bindings.</summary>
    public SimRandom Random { get; }

    /// <summary>The delay of lines that have none of their own; changes concern lines not used yet.</summary>
    public DelayDistribution Delay { get; set; } = DelayDistribution.Milliseconds(2, 20);

    /// <summary>How long an attempt to dial into the void takes: the shipping shell's bound.</summary>
    public long DialMicros { get; set; } = 10 * Moment.MicrosPerSecond;

    /// <summary>Whether a machine resets connections that it doesn't know any more; false: a firewall before it drops what comes on them.</summary>
    public bool ResetsUnknown { get; set; } = true;

    public CellFilter? CellFilter { get; set; }

    public InfoFilter? InfoFilter { get; set; }

    /// <summary>Whether a partition holds.</summary>
    public bool IsPartitioned => _groups is not null;

    /// <summary>Whose address it is, or was: nobody answers at one that was given up.</summary>
    public SimNode? Find(NodeAddress address) => _owners.GetValueOrDefault(address);

    /// <summary>The line from one node to another.</summary>
    public SimLine Line(SimNode from, SimNode to)
    {
        if (!_lines.TryGetValue((from.Index, to.Index), out var line))
        {
            line = new SimLine(from, to, Delay);
            _lines.Add((from.Index, to.Index), line);
        }

        return line;
    }

    /// <summary>Ends the connections between two nodes; both ends notice, and may connect again. What is under way is lost.</summary>
    public void Break(SimNode a, SimNode b)
    {
        foreach (var end in Between(a, b))
        {
            end.Reset();
            end.Other.Reset();
            Forget(end);
        }
    }

    /// <summary>From now on nothing gets through from one node to the other, and neither is told.</summary>
    public void CutOneWay(SimNode from, SimNode to)
    {
        Line(from, to).IsCut = true;
        if (!Line(to, from).IsCut)
        {
            _world.Marks.Hit(Mark.OneWayCut);
        }
    }

    /// <summary>From now on nothing gets through between two nodes, and neither is told.</summary>
    public void Cut(SimNode a, SimNode b)
    {
        Line(a, b).IsCut = true;
        Line(b, a).IsCut = true;
    }

    /// <summary>Ends cuts between two nodes.</summary>
    /// <param name="a">One node.</param>
    /// <param name="b">The other.</param>
    /// <param name="reset">Whether connections that lived through it are reset, as where a box between the two forgot them.</param>
    public void Restore(SimNode a, SimNode b, bool reset = true)
    {
        Line(a, b).IsCut = false;
        Line(b, a).IsCut = false;
        if (reset)
        {
            Break(a, b);
        }

        ReleaseAll();
    }

    /// <summary>A direction stands still, or goes on.</summary>
    public void Clog(SimNode from, SimNode to, bool clogged = true)
    {
        _world.Marks.Hit(Mark.Clogged);
        Line(from, to).IsClogged = clogged;
        ReleaseAll();
    }

    /// <summary>
    /// Splits the network: nothing gets through between nodes of different groups. One way: nodes of a lower group's number still reach those of
    /// a higher one.
    /// </summary>
    public void Partition(Func<SimNode, int> groupOf, bool oneWay = false)
    {
        _groups = [.. _world.Nodes.Select(groupOf)];
        _groupsOneWay = oneWay;
        _world.Marks.Hit(Mark.Partitioned);
    }

    public void Isolate(SimNode node) => Partition(other => other == node ? 1 : 0);

    /// <summary>Ends the partition, all cuts and clogs.</summary>
    /// <param name="reset">Whether connections across the cuts are reset.</param>
    public void Heal(bool reset = false)
    {
        var across = reset ? _ends.Where(end => IsHeldBack(Line(end.Node, end.Peer)) || IsHeldBack(Line(end.Peer, end.Node))).OrderBy(end => end.Node.Index).ThenBy(end => end.Id.Value).ToArray() : [];
        _groups = null;
        _world.Marks.Hit(Mark.Healed);
        foreach (var line in _lines.Values)
        {
            line.IsCut = false;
            line.IsClogged = false;
        }

        foreach (var end in across)
        {
            end.Reset();
            end.Other.Reset();
            Forget(end);
        }

        ReleaseAll();
    }

    /// <summary>Whether anything gets through now.</summary>
    public bool IsCut(SimNode from, SimNode to) => Line(from, to).IsCut || IsBetweenGroups(from, to);

    internal void Add(SimNode node)
    {
        _byAddress.Add(node.Address, node);
        _owners.Add(node.Address, node);
    }

    /// <summary>Nobody answers at an address any more; the node has another one.</summary>
    internal void Move(NodeAddress former, SimNode node)
    {
        _ = _byAddress.Remove(former);
        Add(node);
    }

    internal bool IsHeldBack(SimLine line) => line.IsCut || line.IsClogged || IsBetweenGroups(line.From, line.To);

    internal void Forget(SimEnd end)
    {
        _ = _ends.Remove(end);
        _ = _ends.Remove(end.Other);
    }

    /// <summary>TCP and TLS 1.3 take two round trips; an attempt into the void takes the shell's bound.</summary>
    internal void Dial(SimNode from, NodeAddress address)
    {
        var to = _byAddress.GetValueOrDefault(address);
        var incarnation = from.Incarnation;
        if (to is null)
        {
            _world.Clock.At(_world.Clock.Micros + DialMicros, () => Fail());
            return;
        }

        var (there, back) = (Line(from, to), Line(to, from));
        var took = 2 * (there.Delay.Sample(Random) + back.Delay.Sample(Random));
        if (there.DialFailure > 0 && Random.Chance(there.DialFailure))
        {
            _world.Marks.Hit(Mark.DialFailed);
            _world.Clock.At(_world.Clock.Micros + took, () => Fail());
        }
        else if (IsHeldBack(there) || IsHeldBack(back) || !to.IsMachineUp)
        {
            _world.Clock.At(_world.Clock.Micros + DialMicros, () => Fail());
        }
        else
        {
            _world.Clock.At(_world.Clock.Micros + took, () =>
            {
                if (from.Incarnation != incarnation)
                {
                    return;
                }

                if (to.Admits(from) && !IsHeldBack(there) && !IsHeldBack(back))
                {
                    Connect(from, to);
                }
                else
                {
                    if (to.IsRunning && !to.Admits(from))
                    {
                        _world.Marks.Hit(Mark.PortClosed);
                    }

                    from.DialFailed(address);
                }
            });
        }

        void Fail()
        {
            if (from.Incarnation == incarnation)
            {
                from.DialFailed(address);
            }
        }
    }

    private void Connect(SimNode dialler, SimNode acceptor)
    {
        var binding = new byte[32];
        Random.Fill(binding);
        var near = new SimEnd(_world, dialler, dialler.NextConnection(), Line(dialler, acceptor));
        var far = new SimEnd(_world, acceptor, acceptor.NextConnection(), Line(acceptor, dialler));
        SimEnd.Join(near, far);
        _ = _ends.Add(near);
        _ = _ends.Add(far);
        _world.Events.Connected(dialler, acceptor);
        dialler.Connected(near, Info(dialler, acceptor, acceptor.Address, binding));
        acceptor.Connected(far, Info(acceptor, dialler, dialled: null, binding));
    }

    private ConnectionInfo Info(SimNode end, SimNode other, NodeAddress? dialled, byte[] binding)
    {
        var info = new ConnectionInfo
        {
            DialledPeer = dialled,
            ChannelBinding = binding,
            LocalCertificateHash = end.CertificateHash,
            RemoteCertificateHash = other.CertificateHash,
            TrustedFor = [other.Address],
        };
        return InfoFilter is null ? info : InfoFilter(end, other, info);
    }

    private bool IsBetweenGroups(SimNode from, SimNode to)
    {
        if (_groups is null || from.Index >= _groups.Length || to.Index >= _groups.Length)
        {
            return false;
        }

        var (a, b) = (_groups[from.Index], _groups[to.Index]);
        return _groupsOneWay ? a > b : a != b;
    }

    private SimEnd[] Between(SimNode a, SimNode b) => [.. _ends.Where(end => end.Node == a && end.Peer == b).OrderBy(end => end.Id.Value)];

    private void ReleaseAll()
    {
        foreach (var end in _ends.OrderBy(end => end.Node.Index).ThenBy(end => end.Id.Value).ToArray())
        {
            end.Release();
            end.Pump();
        }
    }
}
