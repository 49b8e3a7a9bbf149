using MixMq.Crypto;
using MixMq.Overlay.Links;
using MixMq.Simulation;
using MixMq.Simulation.Cryptography;
using MixMq.Simulation.Nodes;
using MixMq.Simulation.Observation;
using MixMq.Sphinx;
using MixMq.Testing;

namespace MixMq.Overlay.Tests.Links;

/// <summary>What the inside hands over to its float, over two cores and a simulated line.</summary>
public sealed class HandoverTests : IDisposable
{
    private readonly World _world = new(World.SmallParameters(), 5, new RealCrypto());
    private readonly LinkJournal _journal;
    private readonly Handed _handed;
    private readonly SimNode _inside;
    private readonly SimNode _float;

    public HandoverTests()
    {
        _journal = _world.Observe(new LinkJournal());
        _handed = _world.Observe(new Handed());
        _inside = _world.AddNode("inside");
        _float = _world.AddNode("float");
        _inside.Peers.Add(new PeerOptions(_float.Address, "float", Dials: true, Accepts: false));
        _float.Peers.Add(new PeerOptions(_inside.Address, "inside", Dials: false, Accepts: true) { HandsOver = true });
    }

    public void Dispose() => _world.Dispose();

    [Fact]
    [Trait("Spec", "LNK-30")]
    [Trait("Spec", "LNK-32")]
    public void A_certificate_is_handed_over_before_the_link_is_up_and_lists_after_it()
    {
        var (certificate, lists) = (Bytes(5_000, "certificate"), Bytes(100_000, "lists"));
        _world.StartAll();
        _inside.HandOver(_float.Address, new HandoverMessage(lists));
        _inside.HandOver(_float.Address, new HandoverMessage(SecretBytes.CopyOf(certificate)));
        Assert.True(_world.RunUntil(() => _handed.Messages.Count == 1, 3));
        Assert.False(_float.IsUp(_inside));
        Assert.True(_world.RunUntil(() => _handed.Messages.Count == 2, 30));
        Assert.Equal([(_float, _inside.Address, HandoverKind.Certificate), (_float, _inside.Address, HandoverKind.RevocationLists)], _handed.Messages.Select(message => (message.Node, message.From, message.Kind)));
        Assert.Equal(certificate, _handed.Messages[0].Content);
        Assert.Equal(lists, _handed.Messages[1].Content);
        _world.RunFor(10);
        Assert.Equal(2, _handed.Messages.Count);
        Assert.Equal(0, _journal.Count(_float, LinkEventKind.Down));
    }

    [Theory]
    [Trait("Spec", "LNK-30")]
    [Trait("Spec", "LNK-31")]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(LinkProtocol.HandedListsBytes)]
    public void Lists_of_every_permitted_length_arrive_whole(int length)
    {
        var lists = Bytes(length, "lists");
        _world.StartAll();
        _inside.HandOver(_float.Address, new HandoverMessage(lists));
        Assert.True(_world.RunUntil(() => _handed.Messages.Count == 1, 1_000));
        Assert.Equal(lists, _handed.Messages[0].Content);
    }

    [Fact]
    public void What_is_longer_is_never_sent()
    {
        Assert.Throws<ArgumentException>(() => new HandoverMessage(new byte[LinkProtocol.HandedListsBytes + 1]));
        using var secret = new SecretBytes(LinkProtocol.HandedCertificateBytes + 1);
        Assert.Throws<ArgumentException>(() => new HandoverMessage(secret));
    }

    [Fact]
    [Trait("Spec", "LNK-31")]
    [Trait("Spec", "LNK-32")]
    public void A_newer_message_takes_the_place_of_one_that_is_under_way()
    {
        var (old, newer) = (Bytes(400_000, "old"), Bytes(3_000, "new"));
        _world.StartAll();
        _inside.HandOver(_float.Address, new HandoverMessage(old));
        Assert.True(_world.RunUntil(() => _float.IsUp(_inside), 3));
        _world.RunFor(2);
        Assert.Empty(_handed.Messages);
        _inside.HandOver(_float.Address, new HandoverMessage(newer));
        Assert.True(_world.RunUntil(() => _handed.Messages.Count == 1, 5));
        Assert.Equal(newer, _handed.Messages[0].Content);
        Assert.Equal(0, _journal.Count(_float, LinkEventKind.Down));
    }

    [Fact]
    [Trait("Spec", "LNK-32")]
    [Trait("Spec", "LNK-33")]
    public void What_was_handed_over_ends_with_its_last_connection_and_comes_again_with_the_next()
    {
        var certificate = Bytes(700, "certificate");
        _world.StartAll();
        _inside.HandOver(_float.Address, new HandoverMessage(SecretBytes.CopyOf(certificate)));
        Assert.True(_world.RunUntil(() => _handed.Messages.Count == 1 && _float.IsUp(_inside), 3));
        for (var round = 1; round <= 3; round++)
        {
            Assert.Equal(round - 1, _handed.Ended);
            _world.RunFor(12);
            _world.Network.Break(_inside, _float);
            Assert.True(_world.RunUntil(() => _handed.Ended == round, 3));
            Assert.True(_world.RunUntil(() => _handed.Messages.Count == round + 1 && _float.IsUp(_inside), 10));
            Assert.Equal(certificate, _handed.Messages[^1].Content);
        }
    }

    [Theory]
    [Trait("Spec", "LNK-33")]
    [InlineData(false)]
    [InlineData(true)]
    public void What_another_connection_has_brought_too_does_not_end(bool floatLeads)
    {
        using var world = new World(World.SmallParameters(), 9, new RealCrypto());
        var handed = world.Observe(new Handed());
        SimNode[] nodes = [world.AddNode("one"), world.AddNode("other")];
        Array.Sort(nodes, (a, b) => a.Address < b.Address ? -1 : 1);
        var (leads, follows) = (nodes[0], nodes[1]);
        var (relay, inside) = floatLeads ? (leads, follows) : (follows, leads);
        world.Network.ResetsUnknown = false;
        inside.Peers.Add(new PeerOptions(relay.Address, "float", Dials: true, Accepts: false));
        relay.Peers.Add(new PeerOptions(inside.Address, "inside", Dials: false, Accepts: true) { HandsOver = true });
        world.StartAll();
        HandOver();
        Assert.True(world.RunUntil(() => handed.Messages.Count == 1 && relay.IsUp(inside), 3));

        // The inside returns before the float finds its old connection dead: both are there for a while.
        inside.LosePower();
        world.RunFor(0.5);
        inside.Start();
        HandOver();
        Assert.True(world.RunUntil(() => handed.Messages.Count == 2, 3));
        world.RunFor(20);
        Assert.Equal(1, relay.Snapshot().Connections);
        Assert.True(relay.IsUp(inside));
        Assert.Equal(0, handed.Ended);

        void HandOver() => inside.HandOver(relay.Address, new HandoverMessage(SecretBytes.CopyOf(Bytes(700, "certificate"))));
    }

    [Fact]
    [Trait("Spec", "LNK-32")]
    [Trait("Spec", "LNK-33")]
    public void A_renewed_link_brings_it_again_and_it_never_ends()
    {
        _inside.Configure = options => options with { LinkLifetimeMillis = 60_000 };
        _world.StartAll();
        _inside.HandOver(_float.Address, new HandoverMessage(SecretBytes.CopyOf(Bytes(700, "certificate"))));
        _world.RunFor(300);
        Assert.InRange(_journal.Count(_float, LinkEventKind.Replaced), 4, 6);
        Assert.Equal(_journal.Count(_float, LinkEventKind.Replaced) + 1, _handed.Messages.Count);
        Assert.Equal(0, _handed.Ended);
    }

    [Fact]
    [Trait("Spec", "LNK-33")]
    public void A_goodbye_ends_what_was_handed_over()
    {
        _world.StartAll();
        _inside.HandOver(_float.Address, new HandoverMessage(SecretBytes.CopyOf(Bytes(700, "certificate"))));
        Assert.True(_world.RunUntil(() => _handed.Messages.Count == 1 && _float.IsUp(_inside), 3));
        _inside.Stop();
        Assert.True(_world.RunUntil(() => _handed.Ended == 1, 1));
    }

    [Fact]
    [Trait("Spec", "LNK-30")]
    public void Who_may_not_hand_over_is_cut_off()
    {
        _float.Peers[0] = _float.Peers[0] with { HandsOver = false };
        Up();
        Send([4, 1, 3, 7]);
        Assert.True(_world.RunUntil(() => _journal.Count(_float, LinkEventKind.Down) == 1, 0.5));
        Assert.Equal(LinkCloseReason.ProtocolViolation, _float.LinkTo(_inside).LastClose);
        Assert.Empty(_handed.Messages);
    }

    [Theory]
    [Trait("Spec", "LNK-30")]
    [Trait("Spec", "LNK-31")]
    [InlineData("04")]
    [InlineData("0401")]
    [InlineData("040003aa")]
    [InlineData("040303aa")]
    [InlineData("040107aa")]
    [InlineData("040102aa")]
    [InlineData("040100aa")]
    [InlineData("040101")]
    [InlineData("040101aa 040100")]
    [InlineData("040101aa 040202aa")]
    public void What_no_honest_inside_sends_closes_the_link(string cells)
    {
        Up();
        foreach (var cell in cells.Split(' '))
        {
            Send(Convert.FromHexString(cell));
        }

        Assert.True(_world.RunUntil(() => _journal.Count(_float, LinkEventKind.Down) == 1, 0.5));
        Assert.Equal(LinkCloseReason.ProtocolViolation, _float.LinkTo(_inside).LastClose);
        Assert.Equal(1, _float.Snapshot().DropsOf(DropCause.CellOutOfOrder));
        Assert.Empty(_handed.Messages);
    }

    [Fact]
    [Trait("Spec", "LNK-31")]
    public void A_message_that_goes_beyond_its_limit_closes_the_link()
    {
        Up();
        var part = new byte[LinkCell.ContentRoom(_world.Parameters.CellBytes) - 3];
        var fits = LinkProtocol.HandedCertificateBytes / part.Length;
        for (var i = 0; i < fits; i++)
        {
            Send([4, 1, (byte)(i == 0 ? 1 : 0), .. part]);
        }

        _world.RunFor(1);
        Assert.Equal(0, _journal.Count(_float, LinkEventKind.Down));
        Send([4, 1, 2, .. part]);
        _world.RunFor(1);
        Assert.Equal(1, _journal.Count(_float, LinkEventKind.Down));
        Assert.Empty(_handed.Messages);
    }

    private static byte[] Bytes(int length, string seed)
    {
        var bytes = new byte[length];
        new SeededRandomSource(seed).Fill(bytes);
        return bytes;
    }

    private void Up()
    {
        _world.StartAll();
        Assert.True(_world.RunUntil(() => _float.IsUp(_inside) && _inside.IsUp(_float), 3));
    }

    private void Send(byte[] content)
    {
        var cell = new byte[_world.Parameters.CellBytes];
        LinkCell.Write(CellType.Control, content, cell);
        _inside.SendRawCell(_float.Address, cell);
    }

    private sealed class Handed : WorldObserver
    {
        public List<(SimNode Node, NodeAddress From, HandoverKind Kind, byte[] Content)> Messages { get; } = [];

        public int Ended { get; private set; }

        public override void HandedOver(SimNode node, NodeAddress from, HandoverKind kind, ReadOnlySpan<byte> message) =>
            Messages.Add((node, from, kind, message.ToArray()));

        public override void HandoverEnded(SimNode node, NodeAddress from) => Ended++;
    }
}
