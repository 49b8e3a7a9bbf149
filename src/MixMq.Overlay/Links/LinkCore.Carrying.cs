namespace MixMq.Overlay.Links;

/// <content>The link to a peer: which connection carries it, when the topology hears of it, when it is dialled.</content>
internal sealed partial class LinkCore
{
    /// <summary>
    /// Where both ends dial, or a peer returns before its old connection is found dead, there are several connections, and both ends must use the
    /// same one. The end with the lower address leads: it takes the one that came up last, since an older one may be half open, and numbers its
    /// choices; the other end follows the greatest number that it sees. (When each took its own last one, they crossed, and gossip that one end
    /// sent on its connection was lost in mid-message for the other.)
    /// </summary>
    private bool Leads(PeerLink peer) => _options.Own < peer.Options.Address;

    private static bool IsNewChoice(PeerLink peer, LinkConnection connection, in HelloMessage hello) =>
        hello.Carries && connection.Hello!.IsUp && peer.Current != connection && (peer.Current is null || hello.Choice > peer.Current.Choice);

    /// <summary>Puts the link on a connection. The HELLO that says so goes before everything else that is sent on it.</summary>
    private void Carry<TSink>(PeerLink peer, LinkConnection connection, Moment now, ref TSink sink)
        where TSink : IOverlaySink
    {
        Touch();
        var wasUp = peer.Current is not null;
        peer.Current = connection;
        peer.LastRefusal = null;
        peer.RenewMicros = connection.OutdatedMicros != Moment.Never && peer.Options.Dials ? now.Micros : connection.RenewMicros;
        connection.HasCarried = true;
        connection.ReplacedMicros = null;
        if (Leads(peer))
        {
            // By the wall clock, so that the number rises over restarts, too.
            peer.LastChoice = Math.Max(peer.LastChoice + 1, (ulong)Math.Max(now.UnixMillis, 0));
            connection.Choice = peer.LastChoice;
        }

        if (peer.Dial == DialState.Waiting)
        {
            peer.Dial = DialState.None;
        }

        SendHello(connection, now, ref sink);
        if (wasUp)
        {
            TellReplaced(peer, ref sink);
            return;
        }

        peer.SinceMicros = now.Micros;
        sink.LinkEvent(new LinkEvent(LinkEventKind.Up, peer.Options.Name));
        var hold = peer.Damper.HoldMicros;
        if (hold == 0)
        {
            Announce(peer);
        }
        else
        {
            peer.AnnounceMicros = now.Micros + hold;
        }
    }

    private void TellReplaced<TSink>(PeerLink peer, ref TSink sink)
        where TSink : IOverlaySink
    {
        sink.LinkEvent(new LinkEvent(LinkEventKind.Replaced, peer.Options.Name));
        if (peer.Announced)
        {
            Changes.Enqueue(new NeighbourChange(peer.Options.Address, NeighbourChangeKind.Renewed));
        }
    }

    private void Announce(PeerLink peer)
    {
        peer.Announced = true;
        peer.AnnounceMicros = Moment.Never;
        Changes.Enqueue(new NeighbourChange(peer.Options.Address, NeighbourChangeKind.Up));
    }

    /// <summary>An established connection carries nothing any more: another one takes over, or the link is down.</summary>
    private void Detach<TSink>(LinkConnection connection, LinkCloseReason reason, bool clean, Moment now, ref TSink sink)
        where TSink : IOverlaySink
    {
        if (connection.Peer is not { } peer || !peer.Established.Remove(connection))
        {
            return;
        }

        EndHandover(connection, peer, ref sink);
        if (peer.Current == connection)
        {
            var next = peer.Established.FindLast(other => other.CanCarry);
            if (next is not null && Leads(peer))
            {
                Carry(peer, next, now, ref sink);
            }
            else
            {
                // With another connection there the leading end will soon choose that: no flap.
                peer.Current = null;
                TakeDown(peer, reason, clean || next is not null, now, ref sink);
            }
        }

        EndDial(peer, connection, now);
    }

    private void TakeDown<TSink>(PeerLink peer, LinkCloseReason reason, bool clean, Moment now, ref TSink sink)
        where TSink : IOverlaySink
    {
        var upFor = now.Micros - peer.SinceMicros;
        peer.SinceMicros = now.Micros;
        peer.LastClose = reason;
        peer.AnnounceMicros = Moment.Never;
        peer.RenewMicros = Moment.Never;
        peer.Damper.Down(upFor, clean);
        if (clean || (upFor >= LinkTuning.StableMicros && reason is not (LinkCloseReason.ProtocolViolation or LinkCloseReason.NotAdmitted)))
        {
            peer.Backoff.Reset();
        }

        sink.LinkEvent(new LinkEvent(LinkEventKind.Down, peer.Options.Name, Reason: reason));
        if (peer.Announced)
        {
            peer.Announced = false;
            Changes.Enqueue(new NeighbourChange(peer.Options.Address, NeighbourChangeKind.Down));
        }
    }

    private void EndDial(PeerLink peer, LinkConnection connection, Moment now)
    {
        if (connection.Dialled && peer.Dial == DialState.Connected && !HasOtherDialled(peer, connection))
        {
            peer.Dial = DialState.None;
        }

        ScheduleDial(peer, now);
    }

    private void ScheduleDial(PeerLink peer, Moment now)
    {
        if (_stopped || !peer.Options.Dials || peer.Dial != DialState.None || peer.Established.Count > 0)
        {
            return;
        }

        peer.Dial = DialState.Waiting;
        peer.DialMicros = now.Micros + peer.Backoff.Next(_random);
    }

    private void AdvancePeer<TSink>(PeerLink peer, Moment now, ref TSink sink)
        where TSink : IOverlaySink
    {
        if (peer.AnnounceMicros <= now.Micros)
        {
            Announce(peer);
        }

        if (peer.RenewMicros <= now.Micros)
        {
            Renew(peer, now, ref sink);
        }

        if (peer.DialMicros > now.Micros)
        {
            return;
        }

        switch (peer.Dial)
        {
            case DialState.Waiting when peer.Established.Count > 0:
                peer.Dial = DialState.None;
                break;
            case DialState.Waiting when _local.IsExcluded(peer.Options.Address, now):
                peer.LastRefusal = new LinkRefusal(LinkRefusalReason.NotAdmitted, peer.Options.Name);
                peer.Backoff.Slow();
                peer.Dial = DialState.None;
                ScheduleDial(peer, now);
                break;
            case DialState.Waiting:
                Dial(peer, now, ref sink);
                break;
            case DialState.Dialling:
                peer.Dial = DialState.None;
                ScheduleDial(peer, now);
                break;
            default:
                break;
        }
    }
}
