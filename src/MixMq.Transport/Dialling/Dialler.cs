using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using MixMq.Sphinx;
using MixMq.Transport.Configuration;
using MixMq.Transport.Links;
using MixMq.Transport.Tls;

namespace MixMq.Transport.Dialling;

/// <summary>Connects to peers and brings TLS up. One attempt a call; when to try again is the core's decision.</summary>
internal sealed class Dialler
{
    private readonly PeerDirectory _peers;
    private readonly OutwardConfiguration _outward;
    private readonly TlsGate _gate;
    private readonly RefusalLog _refusals;
    private readonly LinkJournal _journal;
    private readonly TimeSpan _limit;
    private readonly TimeProvider _time;
    private readonly ILogger _log;

    internal Dialler(
        PeerDirectory peers,
        OutwardConfiguration outward,
        TlsGate gate,
        RefusalLog refusals,
        LinkJournal journal,
        TimeSpan limit,
        TimeProvider time,
        ILogger log)
    {
        _outward = outward;
        _peers = peers;
        _gate = gate;
        _refusals = refusals;
        _journal = journal;
        _limit = limit;
        _time = time;
        _log = log;
    }

    /// <summary>Null when it failed; the reason has been logged and counted then. Never throws.</summary>
    internal async Task<TlsChannel?> DialAsync(NodeAddress address, CancellationToken stop)
    {
        if (_peers.Current.Find(address) is not { Dial: not null } peer)
        {
            // The operator has changed that since the core asked.
            return null;
        }

        if (!_gate.HasCertificate)
        {
            _refusals.Dialled(peer.Name, new TlsRefusal(TlsFailure.NoCertificate));
            return null;
        }

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using var deadline = new CancellationTokenSource(_limit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, stop);
        TlsRefusal refusal;
        try
        {
            if (await ConnectAsync(socket, peer, either.Token) is { } unconnected)
            {
                refusal = new TlsRefusal(unconnected);
            }
            else
            {
                var (channel, failed) = await _gate.DialAsync(socket, peer, either.Token);
                if (channel is not null)
                {
                    _journal.Connected(channel.Info);
                    return channel;
                }

                refusal = failed!;
            }
        }
        catch (OperationCanceledException)
        {
            refusal = new TlsRefusal(TlsFailure.TimedOut);
        }
        catch (SocketException e)
        {
            refusal = new TlsRefusal(
                e.SocketErrorCode is SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain
                    ? TlsFailure.HostUnknown
                    : TlsFailure.Unreachable);
        }
        catch (Exception e)
        {
            Links.Log.SetUpFailed(_log, e.GetType().Name);
            refusal = new TlsRefusal(TlsFailure.Closed);
        }

        socket.Dispose();
        if (!stop.IsCancellationRequested)
        {
            _refusals.Dialled(peer.Name, refusal);
        }

        return null;
    }

    /// <summary>Null: what is sent now reaches the peer.</summary>
    private async Task<TlsFailure?> ConnectAsync(Socket socket, PeerConfiguration peer, CancellationToken cancellation)
    {
        var target = peer.Dial!;
        if (_outward.Proxy is not { } proxy || peer.Direct)
        {
            await ConnectDirectlyAsync(socket, target, cancellation);
            return null;
        }

        try
        {
            await ConnectDirectlyAsync(socket, proxy, cancellation);
        }
        catch (SocketException)
        {
            return TlsFailure.ProxyUnreachable;
        }

        await using var stream = new NetworkStream(socket, ownsSocket: false);
        var outcome = await (_outward.Way == OutwardWay.Socks5
            ? Socks5Tunnel.OpenAsync(stream, target, _outward.Credentials, cancellation)
            : HttpConnectTunnel.OpenAsync(stream, target, _outward.Credentials, cancellation));
        return outcome switch
        {
            TunnelOutcome.Open => null,
            TunnelOutcome.Unreachable => TlsFailure.BeyondProxy,
            TunnelOutcome.CredentialsRefused => TlsFailure.ProxyCredentials,
            TunnelOutcome.Refused => TlsFailure.ProxyRefused,
            _ => TlsFailure.ProxyMisbehaved,
        };
    }

    private static ValueTask ConnectDirectlyAsync(Socket socket, DialTarget target, CancellationToken cancellation) =>
        IPAddress.TryParse(target.Host, out var ip)
            ? socket.ConnectAsync(new IPEndPoint(ip, target.Port), cancellation)
            : socket.ConnectAsync(target.Host, target.Port, cancellation);
}
