using MixMq.Overlay.Links;
using MixMq.Simulation;
using MixMq.Simulation.Cryptography;
using MixMq.Simulation.Nodes;
using MixMq.Sphinx;
using MixMq.Testing;

namespace MixMq.Overlay.Tests.Links;

/// <summary>Handshakes that are silent, out of order, malformed, sent back, or too many at once, seen from both ends.</summary>
public sealed class HandshakeMessageTests : HandshakePair
{
    [Fact]
    public void The_own_open_sent_back_is_refused()
    {
        MakePair();
        byte[]? open = null;
        _world.Network.CellFilter = (from, _, cell) =>
        {
            if (from == _dialler && IsControl(cell, ControlKind.Open))
            {
                open = cell.ToArray();
            }
            else if (from == _acceptor && IsControl(cell, ControlKind.Open))
            {
                open.CopyTo(cell);
            }

            return true;
        };
        Run(2);
        AssertRefused(_dialler, LinkRefusalReason.Reflected, "own address");
    }

    [Fact]
    public void The_own_auth_sent_back_is_refused()
    {
        MakePair();
        byte[]? auth = null;
        _world.Network.CellFilter = (from, _, cell) =>
        {
            if (from == _dialler && IsControl(cell, ControlKind.Auth))
            {
                auth = cell.ToArray();
            }
            else if (from == _acceptor && IsControl(cell, ControlKind.Auth))
            {
                auth.CopyTo(cell);
            }

            return true;
        };
        Run(2);
        AssertRefused(_dialler, LinkRefusalReason.Reflected, "no two nodes share a key file");
    }

    [Fact]
    [Trait("Spec", "LNK-8")]
    public void Silence_is_refused_after_ten_seconds()
    {
        MakePair();
        _world.Network.CellFilter = (_, _, _) => false;
        _world.StartAll();
        _world.RunFor(9.9);
        Assert.Empty(_dialler.Snapshot().Refusals);
        Assert.Equal(1, _acceptor.Snapshot().Handshakes);
        _world.RunFor(0.3);
        AssertRefused(_dialler, LinkRefusalReason.HandshakeTimeout, "in 10 seconds");
        AssertRefused(_acceptor, LinkRefusalReason.HandshakeTimeout, null);
    }

    [Theory]
    [Trait("Spec", "LNK-7")]
    [InlineData(CellType.Hello, DropCause.CellOutOfOrder)]
    [InlineData(CellType.Topology, DropCause.CellOutOfOrder)]
    [InlineData(CellType.Packet, DropCause.NotAuthenticated)]
    public void A_cell_out_of_order_is_refused(CellType type, DropCause cause)
    {
        MakePair();
        _world.Network.CellFilter = (from, _, cell) =>
        {
            cell[0] = from == _dialler ? (byte)type : cell[0];
            return true;
        };
        Run(0.3);
        AssertRefused(_acceptor, LinkRefusalReason.CellOutOfOrder, "does not allow there");
        Assert.True(_acceptor.Snapshot().DropsOf(cause) > 0);
    }

    [Theory]
    [Trait("Spec", "LNK-7")]
    [InlineData(ControlKind.Auth, LinkRefusalReason.CellOutOfOrder)]
    [InlineData(ControlKind.Goodbye, LinkRefusalReason.CellOutOfOrder)]
    [InlineData((ControlKind)77, LinkRefusalReason.Malformed)]
    public void A_control_message_out_of_order_is_refused(object kind, LinkRefusalReason reason)
    {
        MakePair();
        _world.Network.CellFilter = (from, _, cell) =>
        {
            cell[3] = from == _dialler ? (byte)(ControlKind)kind : cell[3];
            return true;
        };
        Run(0.3);
        AssertRefused(_acceptor, reason, null);
    }

    [Fact]
    [Trait("Spec", "LNK-3")]
    public void A_malformed_open_or_cell_is_refused()
    {
        MakePair();
        _world.Network.CellFilter = (from, _, cell) =>
        {
            cell[1] -= from == _dialler ? (byte)1 : (byte)0;
            return true;
        };
        Run(0.3);
        AssertRefused(_acceptor, LinkRefusalReason.Malformed, "can't be read");
        Assert.True(_acceptor.Snapshot().DropsOf(DropCause.CellMalformed) > 0);
    }

    [Fact]
    [Trait("Spec", "LNK-3")]
    public void An_unknown_cell_type_is_refused()
    {
        MakePair();
        _world.Network.CellFilter = (from, _, cell) =>
        {
            cell[0] = from == _dialler ? (byte)9 : cell[0];
            return true;
        };
        Run(0.3);
        AssertRefused(_acceptor, LinkRefusalReason.Malformed, null);
        Assert.True(_acceptor.Snapshot().DropsOf(DropCause.CellTypeUnknown) > 0);
    }

    [Fact]
    [Trait("Spec", "LNK-14")]
    public void A_peer_that_never_answers_a_hello_is_given_up()
    {
        MakePair();
        _world.Network.CellFilter = (_, _, cell) => cell[0] != (byte)CellType.Hello;
        Run(11);
        AssertRefused(_acceptor, LinkRefusalReason.NeverAnswered, "answered no HELLO");
    }

    [Fact]
    [Trait("Spec", "LNK-8")]
    public void No_more_than_64_accepted_handshakes_are_under_way()
    {
        var node = _world.AddNode("target");
        node.Start();
        var sink = new RecordingSink();
        var info = new ConnectionInfo
        {
            ChannelBinding = new byte[32], LocalCertificateHash = new byte[32], RemoteCertificateHash = new byte[32], TrustedFor = [],
        };
        for (var i = 0; i < 100; i++)
        {
            node.Core.HandleConnected(new ConnectionId(i), info, node.Now, ref sink);
        }

        Assert.Equal(64, node.Snapshot().Handshakes);
        Assert.Equal(36, node.Snapshot().RefusalsOf(LinkRefusalReason.TooManyHandshakes));
        Assert.Equal(36, sink.Closed.Count);
        for (var i = 0; i < 100; i++)
        {
            node.Core.HandleDisconnected(new ConnectionId(i), node.Now, ref sink);
        }

        Assert.Equal(0, node.Snapshot().Connections);
        node.Core.HandleConnected(new ConnectionId(1000), info, node.Now, ref sink);
        Assert.Equal(1, node.Snapshot().Handshakes);
    }
}
