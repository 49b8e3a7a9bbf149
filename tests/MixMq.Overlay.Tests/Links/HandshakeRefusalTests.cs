using MixMq.Overlay.Links;
using MixMq.Simulation;
using MixMq.Simulation.Cryptography;
using MixMq.Simulation.Nodes;
using MixMq.Sphinx;
using MixMq.Testing;

namespace MixMq.Overlay.Tests.Links;

/// <summary>Every way in which who is at the other end has a handshake fail, seen from both ends.</summary>
public sealed class HandshakeRefusalTests : HandshakePair
{
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
}
