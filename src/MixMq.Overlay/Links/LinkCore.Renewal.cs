using MixMq.Crypto;

namespace MixMq.Overlay.Links;

/// <content>
/// Make before break: a link that has been on one connection for its lifetime gets another beside it. Only when that one is authenticated, has
/// answered and carries the link at both ends does the old one go, and not before what was under way on it has come in.
/// </content>
internal sealed partial class LinkCore
{
    /// <summary>The part of the lifetime from which the time is drawn, so that links made together aren't renewed together.</summary>
    private const double RenewalSpread = 0.2;

    private long RenewalTime(PeerLink peer, Moment now) => _options.LinkLifetimeMillis == 0 || !peer.Options.Dials
        ? Moment.Never
        : now.Micros + (long)(_options.LinkLifetimeMillis * Moment.MicrosPerMilli * (1 - (RenewalSpread * _random.NextDouble())));

    /// <summary>Dials a peer whose link is up. What comes of it is a connection like any other; if nothing does, the link stays where it is.</summary>
    private static void Renew<TSink>(PeerLink peer, Moment now, ref TSink sink)
        where TSink : IOverlaySink
    {
        peer.RenewMicros = now.Micros + LinkTuning.RenewalRetryMicros;
        peer.RenewedMicros = now.Micros;
        if (peer.Dial is DialState.None or DialState.Connected)
        {
            Dial(peer, now, ref sink);
        }
    }

    private static void Dial<TSink>(PeerLink peer, Moment now, ref TSink sink)
        where TSink : IOverlaySink
    {
        peer.Dial = DialState.Dialling;
        peer.DialMicros = now.Micros + LinkTuning.DialMicros;
        sink.Dial(peer.Options.Address);
    }

    private bool HasOtherDialled(PeerLink peer, LinkConnection connection) => _connections.Values.Any(other =>
        other != connection && other is { Dialled: true, Lingers: false } && (other.Peer ?? other.Handshake?.Peer) == peer);

    /// <summary>
    /// The other end has followed, so what the link was on before isn't needed. What that end had queued there before it followed may still come:
    /// its HELLO on the new connection overtakes it. (When the old one was closed at once, a busy link lost up to a queue at every move.)
    /// </summary>
    private void RetireOthers(PeerLink peer, Moment now)
    {
        foreach (var other in peer.Established)
        {
            if (other.CanCarry && other != peer.Current && other.ReplacedMicros is null)
            {
                Touch();
                other.ReplacedMicros = now.Micros;
                other.Deadline = now.Micros + LinkTuning.ReplacedQuietMicros;
            }
        }
    }

    private void CloseWhenQuiet<TSink>(LinkConnection connection, long replaced, Moment now, ref TSink sink)
        where TSink : IOverlaySink
    {
        var until = Math.Min(
            Math.Max(replaced, connection.LastPacketMicros) + LinkTuning.ReplacedQuietMicros, replaced + LinkTuning.ReplacedLongestMicros);
        if (until > now.Micros)
        {
            Touch();
            connection.Deadline = until;
        }
        else
        {
            Close(connection, LinkCloseReason.Replaced, now, ref sink);
        }
    }
}
