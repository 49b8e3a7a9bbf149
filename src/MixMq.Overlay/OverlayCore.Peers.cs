using MixMq.Sphinx;

namespace MixMq.Overlay;

/// <content>Changes of the configured peers while the node runs. Links of other peers aren't touched, nor packets that wait for them.</content>
public sealed partial class OverlayCore
{
    /// <summary>A peer is configured that wasn't: it is dialled at once if it is dialled, and may dial in if it may.</summary>
    /// <typeparam name="TSink">The sink's type.</typeparam>
    /// <param name="peer">The peer. The caller keeps names unique.</param>
    /// <param name="now">The present.</param>
    /// <param name="sink">Takes the output.</param>
    /// <exception cref="ArgumentException">It is this node itself, is configured already, is neither dialled nor accepted, or there are as many as may be.</exception>
    public void AddPeer<TSink>(PeerOptions peer, Moment now, ref TSink sink)
        where TSink : IOverlaySink
    {
        Check(peer);
        if (_links.Peers.Find(peer.Address) is not null || _links.Peers.All.Length == OverlayOptions.MostPeers)
        {
            throw new ArgumentException("The peer is configured already, or there are as many as may be.", nameof(peer));
        }

        _links.AddPeer(peer, now);
        Reachable(now, ref sink);
    }

    /// <summary>A peer is no longer configured: gets a goodbye, and what it sends from now on is refused. An address that isn't a peer's is ignored.</summary>
    /// <typeparam name="TSink">The sink's type.</typeparam>
    /// <param name="peer">The peer's address.</param>
    /// <param name="now">The present.</param>
    /// <param name="sink">Takes the output.</param>
    public void RemovePeer<TSink>(NodeAddress peer, Moment now, ref TSink sink)
        where TSink : IOverlaySink
    {
        if (_links.Peers.Find(peer) is { } link)
        {
            _links.RemovePeer(link, now, ref sink);
            Reachable(now, ref sink);
        }
    }

    /// <summary>
    /// A peer is configured otherwise. Where its <see cref="PeerOptions.TrustVersion"/> has risen, or <paramref name="renew"/> is set, its link is made
    /// anew and moves; connections that an earlier trust setting let in are closed when that takes too long.
    /// </summary>
    /// <typeparam name="TSink">The sink's type.</typeparam>
    /// <param name="peer">The settings from now on, for the address of a configured peer. The caller keeps names unique.</param>
    /// <param name="renew">The link is to be made anew, as where the peer is dialled at another place.</param>
    /// <param name="now">The present.</param>
    /// <param name="sink">Takes the output.</param>
    /// <exception cref="ArgumentException">No such peer is configured, it is neither dialled nor accepted, or its trust version is lower than before.</exception>
    public void ChangePeer<TSink>(PeerOptions peer, bool renew, Moment now, ref TSink sink)
        where TSink : IOverlaySink
    {
        Check(peer);
        if (_links.Peers.Find(peer.Address) is not { } link || peer.TrustVersion < link.Options.TrustVersion)
        {
            throw new ArgumentException("The peer isn't configured, or its trust version goes back.", nameof(peer));
        }

        _links.ChangePeer(link, peer, renew, now, ref sink);
        Reachable(now, ref sink);
    }

    private void Check(PeerOptions peer)
    {
        ArgumentNullException.ThrowIfNull(peer);
        if (peer.Address == _options.Own || string.IsNullOrWhiteSpace(peer.Name) || (!peer.Dials && !peer.Accepts))
        {
            throw new ArgumentException("A peer is another node, has a name, and is dialled or accepted.", nameof(peer));
        }
    }

    private void Reachable<TSink>(Moment now, ref TSink sink)
        where TSink : IOverlaySink
    {
        if (!_stopped)
        {
            var reachable = false;
            foreach (var peer in _links.Peers.All)
            {
                reachable |= peer.Options.Accepts;
            }

            var output = Output(ref sink);
            _topology.HandleReachable(reachable, now, ref output);
        }

        Drain(now, ref sink);
    }
}
