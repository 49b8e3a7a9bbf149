using System.Globalization;

namespace MixMq.Overlay.Links;

/// <summary>The outcome of a handshake that failed, with what an operator needs to do something about it.</summary>
/// <param name="Reason">Why.</param>
/// <param name="Peer">The peer's configured name, where it is known which peer it was (or claimed to be); else null.</param>
/// <param name="PeerMinimumVersion">The lowest version that the peer speaks; set for a version mismatch.</param>
/// <param name="PeerMaximumVersion">The highest version that the peer speaks; set for a version mismatch.</param>
public readonly record struct LinkRefusal(
    LinkRefusalReason Reason,
    string? Peer,
    byte PeerMinimumVersion = 0,
    byte PeerMaximumVersion = 0)
{
    /// <summary>
    /// Whether trying again soon is pointless because a configuration must change first. Such a peer is dialled at the steady pace at once.
    /// </summary>
    public bool NeedsOperator => Reason is not (LinkRefusalReason.HandshakeTimeout or LinkRefusalReason.ClosedByPeer or LinkRefusalReason.NeverAnswered or LinkRefusalReason.TooManyHandshakes);

    /// <summary>What happened and what to do about it. It holds the peer's configured name and no address.</summary>
    /// <returns>One or two sentences.</returns>
    public string Describe()
    {
        var peer = Peer is null ? "A peer" : $"Peer \"{Peer}\"";
        return Reason switch
        {
            LinkRefusalReason.NotPermitted => Peer is null
                ? "Someone whose address is not among the peers dialled in. If this is a partner, add its address to the peers with \"accept\" set."
                : $"{peer} dialled in but may not. Set \"accept\" for it, or have this node alone dial.",
            LinkRefusalReason.NotTrusted =>
                $"{peer} shows a certificate that its trust setting here does not allow. If its certificate has changed, update its \"caFile\" or \"pinnedKey\".",
            LinkRefusalReason.VersionMismatch => string.Create(
                CultureInfo.InvariantCulture,
                $"{peer} speaks link protocol versions {PeerMinimumVersion} to {PeerMaximumVersion}, this node {LinkProtocol.MinimumVersion} to {LinkProtocol.MaximumVersion}. Update the older of the two."),
            LinkRefusalReason.NetworkMismatch =>
                $"{peer} is in another network. Compare name, hops, body and reply in the \"network\" section on both sides: all four must be equal.",
            LinkRefusalReason.WrongRole => $"{peer} answered in the wrong role, which no correct program does. Check what listens at its address.",
            LinkRefusalReason.Reflected =>
                "The other end shows this node's own address or repeats its messages. Check that a peer's \"dial\" does not lead back to this node and that no two nodes share a key file.",
            LinkRefusalReason.WrongAddress =>
                $"Another node than {(Peer is null ? "the peer" : $"peer \"{Peer}\"")} answered where it was dialled. Check its \"dial\" and its \"address\".",
            LinkRefusalReason.ChannelBindingMismatch =>
                $"{peer} is not on the same TLS connection as this node: a device between the two terminates TLS. Exempt this connection from TLS inspection, or use a plain TCP forward.",
            LinkRefusalReason.CertificateMismatch =>
                $"{peer} saw other certificates than were shown: a device between the two replaces them. Exempt this connection from TLS inspection.",
            LinkRefusalReason.BadSignature =>
                $"{peer} could not prove that its address is its own. Check with its operator that the configured address is that of its present key file.",
            LinkRefusalReason.HandshakeTimeout =>
                $"{peer} did not complete the handshake in {LinkProtocol.HandshakeMicros / Moment.MicrosPerSecond} seconds. Check that a MixMq node listens there and is not overloaded.",
            LinkRefusalReason.CellOutOfOrder => $"{peer} sent a cell that the handshake does not allow there. Check what program and version it runs.",
            LinkRefusalReason.Malformed => $"{peer} sent a handshake message that can't be read. Check what program and version it runs.",
            LinkRefusalReason.ClosedByPeer =>
                $"{peer} closed the connection during the handshake. Its log says why; most often this node's address or certificate is not configured there.",
            LinkRefusalReason.NeverAnswered => $"{peer} completed the handshake but answered no HELLO. Check that it is not overloaded or stopped.",
            LinkRefusalReason.TooManyHandshakes =>
                "More handshakes were under way than this node takes at once. If it is not a restart of many peers, someone floods the listener: limit who can reach it.",
            LinkRefusalReason.NotAdmitted =>
                $"{peer}'s admission to the network is revoked, so there is no link with it. Remove it from the peers; if it was revoked by mistake, its authorities can say so.",
            _ => throw new InvalidOperationException("A refusal without a reason."),
        };
    }
}
