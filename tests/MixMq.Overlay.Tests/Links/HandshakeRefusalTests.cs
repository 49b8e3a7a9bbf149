using MixMq.Overlay.Links;
using MixMq.Simulation;
using MixMq.Simulation.Cryptography;
using MixMq.Simulation.Nodes;
using MixMq.Sphinx;
using MixMq.Testing;

namespace MixMq.Overlay.Tests.Links;

/// <summary>Every way in which a handshake fails, seen from both ends, with real signatures over virtual time.</summary>
public sealed class HandshakeRefusalTests : IDisposable
{
    private static readonly NetworkParameters Parameters = World.SmallParameters();
    private readonly World _world = new(Parameters, 1, new RealCrypto());
    private readonly LinkJournal _journal;
    private SimNode _dialler = null!;
    private SimNode _acceptor = null!;

    public HandshakeRefusalTests() => _journal = _world.Observe(new LinkJournal());

    public void Dispose() => _world.Dispose();

    [Fact]
    public void Both_ends_come_up_when_all_is_well()
    {
        MakePair();
        Run(2);
        Assert.True(_dialler.IsUp(_acceptor));
        Assert.True(_acceptor.IsUp(_dialler));
        Assert.Empty(_dialler.Snapshot().Refusals);
        Assert.Empty(_acceptor.Snapshot().Refusals);
    }

    [Fact]
    [Trait("Spec", "LNK-5")]
    [Trait("Spec", "LNK-9")]
    public void A_stranger_is_turned_away_without_a_word()
    {
        MakePair();
        _acceptor.Peers.Clear();
        var answered = false;
        _world.Network.CellFilter = (from, _, _) => !(answered |= from == _acceptor);
        Run(2);
        Assert.False(answered);
        AssertRefused(_acceptor, LinkRefusalReason.NotPermitted, "whose address is not among the peers");
        AssertRefused(_dialler, LinkRefusalReason.ClosedByPeer, "Its log says why");
    }

    [Fact]
    public void A_peer_that_may_not_dial_in_is_turned_away()
    {
        MakePair();
        _acceptor.Peers[0] = _acceptor.Peers[0] with { Accepts = false, Dials = true };
        _world.Network.InfoFilter = (end, _, info) => info;
        _acceptor.Configure = options => options with { Peers = [options.Peers[0]] };
        Run(2);
        AssertRefused(_acceptor, LinkRefusalReason.NotPermitted, "\"accept\"");
    }

    [Fact]
    [Trait("Spec", "LNK-5")]
    public void A_certificate_that_the_acceptor_does_not_trust_is_turned_away_without_a_word()
    {
        MakePair();
        _world.Network.InfoFilter = (end, _, info) => end == _acceptor ? info with { TrustedFor = [] } : info;
        Run(2);
        AssertRefused(_acceptor, LinkRefusalReason.NotTrusted, "\"pinnedKey\"");
        AssertRefused(_dialler, LinkRefusalReason.ClosedByPeer, "certificate is not configured there");
    }

    [Fact]
    public void A_certificate_that_the_dialler_does_not_trust_is_turned_away_before_anything_is_sent()
    {
        MakePair();
        var sent = false;
        _world.Network.CellFilter = (_, _, _) => !(sent = true);
        _world.Network.InfoFilter = (end, _, info) => end == _dialler ? info with { TrustedFor = [] } : info;
        Run(2);
        Assert.False(sent);
        AssertRefused(_dialler, LinkRefusalReason.NotTrusted, "trust setting");
    }

    [Fact]
    [Trait("Spec", "LNK-6")]
    public void Another_version_is_seen_by_both_operators()
    {
        MakePair();
        _world.Network.CellFilter = (from, _, cell) =>
        {
            if (from == _dialler && IsControl(cell, ControlKind.Open))
            {
                (cell[4], cell[5]) = (2, 3);
            }

            return true;
        };
        Run(2);
        AssertRefused(_acceptor, LinkRefusalReason.VersionMismatch, "speaks link protocol versions 2 to 3, this node 1 to 1");

        MakePair();
        _world.Network.CellFilter = (from, _, cell) =>
        {
            if (from == _acceptor && IsControl(cell, ControlKind.Open))
            {
                (cell[4], cell[5]) = (2, 2);
            }

            return true;
        };
        Run(2);
        AssertRefused(_dialler, LinkRefusalReason.VersionMismatch, "Update the older of the two");
    }

    [Fact]
    [Trait("Spec", "LNK-6")]
    public void Another_network_is_seen_by_both_operators()
    {
        MakePair(acceptorParameters: World.SmallParameters("another"));
        Run(2);
        AssertRefused(_acceptor, LinkRefusalReason.NetworkMismatch, "Compare name, hops, body and reply");
        AssertRefused(_dialler, LinkRefusalReason.NetworkMismatch, "Compare name, hops, body and reply");
    }

    [Fact]
    [Trait("Spec", "LNK-9")]
    public void A_signature_by_another_key_is_refused_on_either_end()
    {
        MakePair();
        _dialler.SigningIdentity = _world.Crypto.CreateIdentity(new byte[32]);
        Run(2);
        AssertRefused(_acceptor, LinkRefusalReason.BadSignature, "could not prove that its address is its own");

        MakePair();
        _acceptor.SigningIdentity = _world.Crypto.CreateIdentity(new byte[32]);
        Run(2);
        AssertRefused(_dialler, LinkRefusalReason.BadSignature, "present key file");
    }

    [Fact]
    public void The_wrong_role_is_refused_on_either_end()
    {
        MakePair();
        FlipRole(_acceptor);
        Run(2);
        AssertRefused(_dialler, LinkRefusalReason.WrongRole, "wrong role");

        MakePair();
        FlipRole(_dialler);
        Run(2);
        AssertRefused(_acceptor, LinkRefusalReason.WrongRole, "wrong role");
    }

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
    public void A_box_that_terminates_TLS_is_named_on_both_ends()
    {
        MakePair();
        _world.Network.InfoFilter = (end, _, info) => end == _acceptor ? info with { ChannelBinding = new byte[32] } : info;
        Run(2);
        AssertRefused(_acceptor, LinkRefusalReason.ChannelBindingMismatch, "a device between the two terminates TLS");
    }

    [Fact]
    public void A_replaced_certificate_is_named()
    {
        MakePair();
        _world.Network.InfoFilter = (end, _, info) => end == _acceptor ? info with { RemoteCertificateHash = new byte[32] } : info;
        Run(2);
        AssertRefused(_acceptor, LinkRefusalReason.CertificateMismatch, "TLS inspection");
    }

    [Fact]
    public void Whoever_lies_about_what_it_sees_fails_by_its_signature()
    {
        // A box in between could rewrite the hashes in the clear, but not what is signed.
        MakePair();
        byte[]? hashes = null;
        _world.Network.InfoFilter = (end, _, info) =>
        {
            var seen = end == _acceptor ? info with { ChannelBinding = new byte[32] } : info;
            hashes = System.Security.Cryptography.SHA256.HashData(new byte[32]);
            return seen;
        };
        _world.Network.CellFilter = (from, _, cell) =>
        {
            if (from == _dialler && IsControl(cell, ControlKind.Auth))
            {
                hashes.CopyTo(cell[4..]);
            }

            return true;
        };
        Run(2);
        AssertRefused(_acceptor, LinkRefusalReason.BadSignature, "could not prove");
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
    public void Another_node_than_the_one_dialled_is_refused()
    {
        MakePair();
        var other = _world.AddNode("other");
        var open = LinkOpen.Create(Parameters.Definition, other.Address, LinkRole.Acceptor, new byte[32]);
        _world.Network.CellFilter = (from, _, cell) =>
        {
            if (from == _acceptor && IsControl(cell, ControlKind.Open))
            {
                LinkCell.Write(CellType.Control, open.Bytes, cell);
            }

            return true;
        };
        Run(0.3);
        AssertRefused(_dialler, LinkRefusalReason.WrongAddress, "Check its \"dial\" and its \"address\"");
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
    public void Every_refusal_says_what_to_do_and_names_no_address()
    {
        foreach (var reason in Enum.GetValues<LinkRefusalReason>())
        {
            foreach (var peer in (string?[])[null, "the bank"])
            {
                var text = new LinkRefusal(reason, peer, 2, 3).Describe();
                Assert.True(text.Length is > 40 and < 300, text);
                Assert.EndsWith(".", text, StringComparison.Ordinal);
                Assert.DoesNotContain("mix1", text, StringComparison.Ordinal);
            }
        }
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

    private static bool IsControl(ReadOnlySpan<byte> cell, ControlKind kind) => cell[0] == (byte)CellType.Control && cell[3] == (byte)kind;

    private void FlipRole(SimNode by) => _world.Network.CellFilter = (from, _, cell) =>
    {
        if (from == by && IsControl(cell, ControlKind.Open))
        {
            cell[3 + 67] ^= 3;
        }

        return true;
    };

    private void MakePair(NetworkParameters? acceptorParameters = null)
    {
        _world.Network.CellFilter = null;
        _world.Network.InfoFilter = null;
        foreach (var node in _world.Nodes.Where(node => node.IsRunning))
        {
            node.Crash();
        }

        var number = _world.Nodes.Count;
        _dialler = _world.AddNode($"dialler {number}");
        _acceptor = _world.AddNode($"acceptor {number}", parameters: acceptorParameters);
        World.Peer(_dialler, _acceptor);
    }

    private void Run(double seconds)
    {
        _dialler.Start();
        _acceptor.Start();
        _world.RunFor(seconds);
    }

    /// <summary>Turned away for that reason with that sentence, not up, and nothing kept.</summary>
    private void AssertRefused(SimNode node, LinkRefusalReason reason, string? sentence)
    {
        Assert.True(node.Snapshot().RefusalsOf(reason) > 0, string.Join(", ", node.Snapshot().Refusals));
        Assert.Equal(0, _journal.Count(node, LinkEventKind.Up));
        if (sentence is not null)
        {
            var refusal = _journal.Of(node).First(e => e.Event.Refusal?.Reason == reason).Event.Refusal!.Value;
            Assert.Contains(sentence, refusal.Describe(), StringComparison.Ordinal);
        }

        // Between two attempts there is a moment at which nothing is there.
        Assert.True(_world.RunUntil(
            () => _dialler.Snapshot().Connections + _acceptor.Snapshot().Connections + _dialler.Pool.Outstanding + _acceptor.Pool.Outstanding == 0,
            70));
        Assert.Equal(0, node.Snapshot().Handshakes);
        Assert.Equal(0, node.Core.PendingHandshakeRequests);
    }
}
