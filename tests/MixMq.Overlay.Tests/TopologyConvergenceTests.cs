using MixMq.Overlay.Links;
using MixMq.Simulation;
using MixMq.Simulation.Cryptography;
using MixMq.Simulation.Nodes;
using MixMq.Testing;

namespace MixMq.Overlay.Tests;

/// <summary>Many cores: each learns of all, of a link that goes down, of a node that is gone.</summary>
public sealed class TopologyConvergenceTests : IDisposable
{
    private readonly World _world = new(World.SmallParameters(), 9, new RealCrypto());
    private readonly SimNode[] _nodes;

    public TopologyConvergenceTests()
    {
        // A ring of seven with two chords, so that no single link or node splits it.
        _nodes = [.. Enumerable.Range(0, 7).Select(i => _world.AddNode($"n{i}"))];
        for (var i = 0; i < 7; i++)
        {
            World.Peer(_nodes[i], _nodes[(i + 1) % 7]);
        }

        World.Peer(_nodes[0], _nodes[3]);
        World.Peer(_nodes[2], _nodes[5]);
    }

    public void Dispose() => _world.Dispose();

    [Fact]
    public void All_views_converge_to_the_same_network()
    {
        _world.StartAll();
        Assert.True(_world.RunUntil(() => Agree(7, 9), 10));
        Assert.InRange(_world.Clock.Micros, 0, 6_000_000);
        Assert.All(_nodes, node => Assert.Equal(7, node.Snapshot().TopologyRecords));
        Assert.All(_nodes, node => Assert.All(node.View.Nodes, seen => Assert.Equal(3, seen.MixKeys.Length)));
    }

    [Fact]
    [Trait("Spec", "TOP-3")]
    public void A_link_that_breaks_vanishes_from_all_views_and_comes_back()
    {
        _world.StartAll();
        Assert.True(_world.RunUntil(() => Agree(7, 9), 10));
        _world.RunFor(20);
        _world.Network.Cut(_nodes[0], _nodes[3]);
        Assert.True(_world.RunUntil(() => Agree(7, 8), 12));
        Assert.All(_nodes, node => Assert.False(Sees(node, 0, 3)));
        _world.Network.Restore(_nodes[0], _nodes[3]);
        Assert.True(_world.RunUntil(() => Agree(7, 9), 80));
    }

    [Fact]
    public void A_crashed_nodes_links_vanish_at_once_and_its_record_when_it_expires()
    {
        foreach (var node in _nodes)
        {
            node.Configure = options => options with { RecordLifetimeMillis = 30_000 };
        }

        _world.StartAll();
        Assert.True(_world.RunUntil(() => Agree(7, 9), 10));
        _world.RunFor(20);
        _nodes[3].Crash();
        Assert.True(_world.RunUntil(() => Alive().All(node => node.View.Nodes.Sum(n => n.Links.Length) == 12), 8));
        Assert.True(_world.RunUntil(() => Alive().All(node => node.View.Nodes.Length == 6), 40));
        _nodes[3].Start();
        Assert.True(_world.RunUntil(() => Agree(7, 9), 80));
    }

    [Fact]
    [Trait("Spec", "MIX-5")]
    public void A_stop_and_start_leaves_no_trace_but_new_keys()
    {
        _world.StartAll();
        Assert.True(_world.RunUntil(() => Agree(7, 9), 10));
        _world.RunFor(5);
        var before = _nodes[3].Snapshot().OwnSequence;
        _nodes[3].Stop();
        _world.RunFor(1);
        _nodes[3].Start();
        Assert.True(_world.RunUntil(() => Agree(7, 9), 30));
        Assert.True(_nodes[3].Snapshot().OwnSequence > before);
        Assert.All(_nodes[2].Snapshot().Links, link => Assert.Equal(0, link.Flaps));
    }

    [Fact]
    [Trait("Spec", "TOP-19")]
    public void A_neighbour_that_sends_broken_gossip_is_cut_off()
    {
        _world.StartAll();
        Assert.True(_world.RunUntil(() => Agree(7, 9), 10));
        var cell = new byte[_world.Parameters.CellBytes];
        LinkCell.Write(CellType.Topology, [0, 99, 1, 2, 3], cell);
        _nodes[0].SendRawCell(_nodes[3].Address, cell);
        Assert.True(_world.RunUntil(() => !_nodes[3].IsUp(_nodes[0]), 0.5));
        Assert.Equal(LinkCloseReason.ProtocolViolation, _nodes[3].LinkTo(_nodes[0]).LastClose);
        Assert.True(_nodes[3].IsUp(_nodes[2]));
    }

    private IEnumerable<SimNode> Alive() => _nodes.Where(node => node.IsRunning);

    private bool Sees(SimNode node, int from, int to) =>
        node.View.TryFind(_nodes[from].Address, out var a) && node.View.TryFind(_nodes[to].Address, out var b) &&
        node.View.Nodes[a].Links.Contains(b);

    private bool Agree(int nodes, int links) =>
        Alive().All(node => node.View.Nodes.Length == nodes && node.View.Nodes.Sum(n => n.Links.Length) == 2 * links) &&
        Alive().Select(node => Convert.ToHexString(node.View.Digest.AsSpan())).Distinct().Count() == 1;
}
