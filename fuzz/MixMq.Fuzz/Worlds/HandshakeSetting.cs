using MixMq.Overlay;
using MixMq.Overlay.Links;
using MixMq.Sphinx;

namespace MixMq.Fuzz.Worlds;

/// <summary>One end's handshake, in either role, beside a peer that the harness plays.</summary>
internal sealed class HandshakeSetting
{
    public static readonly NodeAddress Own = SmallNetwork.Address(0x20);
    public static readonly NodeAddress Peer = SmallNetwork.Address(0x60);
    private static readonly byte[] OwnCertificate = SmallNetwork.Bytes(32, 0xa0);
    private static readonly byte[] PeerCertificate = SmallNetwork.Bytes(32, 0xc0);
    private static readonly byte[] Binding = SmallNetwork.Bytes(12, 0xe0);
    private static readonly OverlayOptions Options = new()
    {
        Network = SmallNetwork.Parameters,
        Own = Own,
        Relays = true,
        Peers = [new PeerOptions(Peer, "peer", Dials: true, Accepts: true), new PeerOptions(SmallNetwork.Address(0x80), "deaf", Dials: true, Accepts: false)],
    };

    public HandshakeSetting(bool initiates, bool isTrusted)
    {
        Initiates = initiates;
        Info = new ConnectionInfo
        {
            DialledPeer = initiates ? Peer : null,
            ChannelBinding = Binding,
            LocalCertificateHash = OwnCertificate,
            RemoteCertificateHash = PeerCertificate,
            TrustedFor = isTrusted ? [Peer] : [],
        };
        Handshake = new LinkHandshake(Options, Info, initiates ? Peers.Find(Peer) : null, new FewRandomBytes(6));
    }

    public bool Initiates { get; }

    public ConnectionInfo Info { get; }

    public PeerTable Peers { get; } = new(Options.Peers);

    public LinkHandshake Handshake { get; }

    public LinkRole PeerRole => Initiates ? LinkRole.Acceptor : LinkRole.Initiator;

    /// <summary>What an honest peer opens with.</summary>
    public LinkOpen PeerOpen() => LinkOpen.Create(SmallNetwork.Definition, Peer, PeerRole, SmallNetwork.Bytes(LinkProtocol.NonceBytes, 0x10));

    /// <summary>The transcript as the peer has it.</summary>
    public LinkTranscript PeerTranscript(LinkOpen peerOpen, LinkOpen ownOpen) => new(PeerRole, peerOpen, ownOpen, new ConnectionInfo
    {
        ChannelBinding = Binding,
        LocalCertificateHash = PeerCertificate,
        RemoteCertificateHash = OwnCertificate,
        TrustedFor = [],
    });

    public static LinkOpen ReadOpen(byte[]? content)
    {
        InvariantException.Require(LinkOpen.TryParse(content, out var open), "An own LINK-OPEN is well formed.");
        return open!;
    }
}
