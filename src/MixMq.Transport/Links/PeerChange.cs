using MixMq.Overlay;
using MixMq.Transport.Configuration;

namespace MixMq.Transport.Links;

/// <summary>One peer that was added, changed or removed while the node runs.</summary>
/// <param name="Before">Null: it is new.</param>
/// <param name="After">Null: it is no longer configured.</param>
internal sealed record PeerChange(PeerConfiguration? Before, PeerConfiguration? After)
{
    internal string Name => (After ?? Before!).Name;

    /// <summary>Whether the link is made anew though the trust setting is the same: the peer is dialled elsewhere, or on another way.</summary>
    internal bool Renews => Before?.Dial != After?.Dial || Before?.Direct != After?.Direct;

    /// <summary>What the core is told of a peer.</summary>
    internal static PeerOptions OptionsOf(PeerConfiguration peer) => new(peer.Address, peer.Name, peer.Dial is not null, peer.Accept)
    {
        HandsOver = peer.HandsOver,
        TrustVersion = peer.TrustVersion,
    };
}
