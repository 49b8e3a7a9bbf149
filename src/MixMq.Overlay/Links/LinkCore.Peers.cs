namespace MixMq.Overlay.Links;

/// <content>
/// Peers that come, change and go while the links of all others carry on. What changes for a link is put into effect by its renewal, so that it
/// doesn't go down for it either.
/// </content>
internal sealed partial class LinkCore
{
    public void AddPeer(PeerOptions options, Moment now)
    {
        if (_stopped)
        {
            return;
        }

        Touch();
        var peer = _peers.Add(options);
        ShareRates(now);
        peer.SinceMicros = now.Micros;
        DialAnew(peer, now);
    }

    /// <summary>Says goodbye, closes all that is with the peer, and forgets it. Packets that wait for it find no link.</summary>
    public void RemovePeer<TSink>(PeerLink peer, Moment now, ref TSink sink)
        where TSink : IOverlaySink
    {
        if (_stopped)
        {
            return;
        }

        Touch();
        _peers.Remove(peer);
        peer.Options = peer.Options with { Dials = false, Accepts = false };
        ReadOnlySpan<byte> goodbye = [(byte)ControlKind.Goodbye];

        // The one that carries the link last, so that no other takes over from it meanwhile.
        foreach (var connection in Of(peer).OrderBy(connection => connection == peer.Current).ToArray())
        {
            if (connection is { Hello: not null, Lingers: false })
            {
                sink.SendControl(connection.Id, goodbye, CellType.Control);
            }

            Close(connection, LinkCloseReason.PeerRemoved, now, ref sink);
        }

        foreach (var message in peer.Handovers)
        {
            message?.Dispose();
        }

        ShareRates(now);
    }

    /// <summary>
    /// Other settings for a peer. Its link moves to a connection made by them; one that its former trust setting let in is closed when that doesn't
    /// come about in time.
    /// </summary>
    /// <param name="peer">The peer.</param>
    /// <param name="options">The new settings, for the same address.</param>
    /// <param name="renew">Whether the link is to be made anew though the trust setting is the same, as where the peer is dialled elsewhere.</param>
    /// <param name="now">The present.</param>
    /// <param name="sink">Takes the output.</param>
    public void ChangePeer<TSink>(PeerLink peer, PeerOptions options, bool renew, Moment now, ref TSink sink)
        where TSink : IOverlaySink
    {
        if (_stopped)
        {
            return;
        }

        Touch();
        var (dialled, trust) = (peer.Options.Dials, options.TrustVersion > peer.Options.TrustVersion);
        peer.Options = options;
        if (!options.Dials)
        {
            peer.RenewMicros = Moment.Never;
            peer.Dial = peer.Dial == DialState.Waiting ? DialState.None : peer.Dial;
        }

        if (trust)
        {
            Outdate(peer, now, ref sink);
        }

        if (renew || trust || !dialled)
        {
            AskForRenewal(peer, renew || trust, now, ref sink);
        }
    }

    private IEnumerable<LinkConnection> Of(PeerLink peer) => _connections.Values.Where(connection => (connection.Peer ?? connection.Handshake?.Peer) == peer);

    /// <summary>What has not carried the link goes at once; what has gets its time.</summary>
    private void Outdate<TSink>(PeerLink peer, Moment now, ref TSink sink)
        where TSink : IOverlaySink
    {
        foreach (var connection in Of(peer).Where(connection => connection.TrustVersion < peer.Options.TrustVersion && !connection.Lingers).ToArray())
        {
            if (connection.HasCarried)
            {
                connection.OutdatedMicros = Math.Min(connection.OutdatedMicros, now.Micros + LinkTuning.OutdatedLongestMicros);
            }
            else
            {
                Close(connection, LinkCloseReason.TrustChanged, now, ref sink);
            }
        }
    }

    /// <summary>The end that may dial dials; the other asks it to.</summary>
    private static void AskForRenewal<TSink>(PeerLink peer, bool renew, Moment now, ref TSink sink)
        where TSink : IOverlaySink
    {
        if (peer.Options.Dials)
        {
            DialAnew(peer, now, renew);
        }
        else if (renew && peer.Current is { } connection)
        {
            ReadOnlySpan<byte> content = [(byte)ControlKind.Renew];
            sink.SendControl(connection.Id, content, CellType.Control);
        }
    }

    /// <summary>A link that is up is renewed now; one that is down is dialled now, whatever its back-off.</summary>
    private static void DialAnew(PeerLink peer, Moment now, bool renew = true)
    {
        if (!peer.Options.Dials)
        {
            return;
        }

        if (peer.Current is not null)
        {
            peer.RenewMicros = renew ? now.Micros : peer.RenewMicros;
        }
        else if (peer.Established.Count == 0 && peer.Dial is DialState.None or DialState.Waiting)
        {
            peer.Backoff.Reset();
            peer.Dial = DialState.Waiting;
            peer.DialMicros = now.Micros;
        }
    }

    private void AskedToRenew(LinkConnection connection, Moment now)
    {
        if (connection.Peer is { Options.Dials: true } peer && peer.Current == connection)
        {
            Touch();
            var soonest = peer.RenewedMicros == long.MinValue ? now.Micros : peer.RenewedMicros + LinkTuning.AskedRenewalMicros;
            peer.RenewMicros = Math.Min(peer.RenewMicros, Math.Max(now.Micros, soonest));
        }
    }

    /// <summary>A peer that is new begins with nothing, so that who comes and goes takes no more than the node's rate.</summary>
    private void ShareRates(Moment now)
    {
        var share = Share.Of(_options, _peers.All.Length);
        _nodePackets.Change(share.RestRate, share.RestBurst, now.Micros);
        foreach (var peer in _peers.All)
        {
            if (!share.IsDivided)
            {
                peer.OwnPackets = null;
            }
            else if (peer.OwnPackets is { } own)
            {
                own.Change(share.Rate, share.Burst, now.Micros);
            }
            else
            {
                peer.OwnPackets = TokenBucket.Empty(share.Rate, share.Burst, now.Micros);
            }
        }
    }

    /// <summary>
    /// Half of what the node takes in is shared out to the peers for good, the rest is whoever's comes first: one peer that sends all it
    /// can leaves each other one its share. Both halves together never exceed the node's rate, which the replay filters are made for.
    /// </summary>
    private readonly record struct Share(bool IsDivided, int Rate, int Burst, int RestRate, int RestBurst)
    {
        public static Share Of(OverlayOptions options, int count)
        {
            var peers = Math.Max(1, count);
            var (rate, burst) = (options.NodePacketsPerSecond / 2 / peers, options.NodePacketBurst / 2 / peers);
            return rate > 0 && burst > 0
                ? new Share(true, rate, burst, options.NodePacketsPerSecond - (peers * rate), options.NodePacketBurst - (peers * burst))
                : new Share(false, 0, 0, options.NodePacketsPerSecond, options.NodePacketBurst);
        }
    }
}
