using System.Net;
using System.Net.Sockets;
using MixMq.Transport.Configuration;
using MixMq.Transport.Tls;

namespace MixMq.Transport.Dialling;

/// <summary>The way to a peer below TLS: straight, or through the proxy of section <c>outward</c>.</summary>
internal static class OutwardConnection
{
    /// <summary>Connects a new socket; it stays the caller's.</summary>
    /// <param name="socket">Not connected.</param>
    /// <param name="peer">Has <c>dial</c>.</param>
    /// <param name="outward">The way.</param>
    /// <param name="cancellation">The bound in time.</param>
    /// <returns>Null: what is sent now reaches the peer. Else why a proxy was of no use.</returns>
    /// <exception cref="SocketException">The peer's host has no address or doesn't answer; see <see cref="FailureOf"/>.</exception>
    internal static async Task<TlsFailure?> OpenAsync(Socket socket, PeerConfiguration peer, OutwardConfiguration outward, CancellationToken cancellation)
    {
        var target = peer.Dial!;
        if (outward.Proxy is not { } proxy || peer.Direct)
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
        var outcome = await (outward.Way == OutwardWay.Socks5
            ? Socks5Tunnel.OpenAsync(stream, target, outward.Credentials, cancellation)
            : HttpConnectTunnel.OpenAsync(stream, target, outward.Credentials, cancellation));
        return outcome switch
        {
            TunnelOutcome.Open => null,
            TunnelOutcome.Unreachable => TlsFailure.BeyondProxy,
            TunnelOutcome.CredentialsRefused => TlsFailure.ProxyCredentials,
            TunnelOutcome.Refused => TlsFailure.ProxyRefused,
            _ => TlsFailure.ProxyMisbehaved,
        };
    }

    /// <summary>What a failed connection means.</summary>
    internal static TlsFailure FailureOf(SocketException failure) =>
        failure.SocketErrorCode is SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain ? TlsFailure.HostUnknown : TlsFailure.Unreachable;

    private static ValueTask ConnectDirectlyAsync(Socket socket, DialTarget target, CancellationToken cancellation) =>
        IPAddress.TryParse(target.Host, out var ip)
            ? socket.ConnectAsync(new IPEndPoint(ip, target.Port), cancellation)
            : socket.ConnectAsync(target.Host, target.Port, cancellation);
}
