using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using MixMq.Transport.Configuration;

namespace MixMq.Transport.Dialling;

/// <summary>
/// The client of RFC 1928, for CONNECT alone, and of RFC 1929. Names go to the proxy as names.
/// <code>
/// greeting   05 n method*n                        choice  05 method
/// password   01 n user*n n password*n             answer  01 status
/// request    05 01 00 type address port           reply   05 status 00 type address port
/// type       01 IPv4, 4 bytes;  03 name, length byte first;  04 IPv6, 16 bytes
/// </code>
/// </summary>
internal static class Socks5Tunnel
{
    private const byte Version = 5;
    private const byte PasswordVersion = 1;
    private const byte NoAuthentication = 0;
    private const byte UserAndPassword = 2;
    private const byte NoneAcceptable = 0xff;
    private const byte Connect = 1;
    private const byte IPv4 = 1;
    private const byte Name = 3;
    private const byte IPv6 = 4;

    internal static async Task<TunnelOutcome> OpenAsync(Stream stream, DialTarget target, ProxyCredentials? credentials, CancellationToken cancellation)
    {
        byte[] greeting = credentials is null ? [Version, 1, NoAuthentication] : [Version, 2, NoAuthentication, UserAndPassword];
        var choice = new byte[2];
        if (!await ProxyStream.TryWriteAsync(stream, greeting, cancellation) || !await ProxyStream.TryReadAsync(stream, choice, cancellation) || choice[0] != Version)
        {
            return TunnelOutcome.Misbehaved;
        }

        var chosen = choice[1] switch
        {
            NoAuthentication => TunnelOutcome.Open,
            UserAndPassword when credentials is not null => await AuthenticateAsync(stream, credentials, cancellation),
            NoneAcceptable => TunnelOutcome.CredentialsRefused,
            _ => TunnelOutcome.Misbehaved,
        };
        return chosen == TunnelOutcome.Open ? await RequestAsync(stream, target, cancellation) : chosen;
    }

    private static async Task<TunnelOutcome> AuthenticateAsync(Stream stream, ProxyCredentials credentials, CancellationToken cancellation)
    {
        var message = GC.AllocateUninitializedArray<byte>(3 + credentials.User.Length + credentials.Password.Length, pinned: true);
        try
        {
            message[0] = PasswordVersion;
            message[1] = (byte)credentials.User.Length;
            credentials.User.CopyTo(message.AsSpan(2));
            message[2 + credentials.User.Length] = (byte)credentials.Password.Length;
            credentials.Password.CopyTo(message.AsSpan(3 + credentials.User.Length));
            var answer = new byte[2];
            return !await ProxyStream.TryWriteAsync(stream, message, cancellation) || !await ProxyStream.TryReadAsync(stream, answer, cancellation) || answer[0] != PasswordVersion
                ? TunnelOutcome.Misbehaved
                : answer[1] == 0 ? TunnelOutcome.Open : TunnelOutcome.CredentialsRefused;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(message);
        }
    }

    private static async Task<TunnelOutcome> RequestAsync(Stream stream, DialTarget target, CancellationToken cancellation)
    {
        var reply = new byte[5];
        if (!await ProxyStream.TryWriteAsync(stream, Request(target), cancellation)
            || !await ProxyStream.TryReadAsync(stream, reply, cancellation)
            || reply[0] != Version
            || reply[2] != 0)
        {
            return TunnelOutcome.Misbehaved;
        }

        // The fifth byte is the first of the address, or the length of a name. The address itself, which the proxy connects from, is of no use here.
        var rest = reply[3] switch
        {
            IPv4 => 3 + 2,
            IPv6 => 15 + 2,
            Name => reply[4] + 2,
            _ => -1,
        };
        if (reply[1] == 0)
        {
            return rest >= 0 && await ProxyStream.TryReadAsync(stream, new byte[rest], cancellation) ? TunnelOutcome.Open : TunnelOutcome.Misbehaved;
        }

        // 3 network unreachable, 4 host unreachable, 5 connection refused, 6 TTL expired; beyond 8 nothing is assigned.
        return reply[1] switch
        {
            3 or 4 or 5 or 6 => TunnelOutcome.Unreachable,
            <= 8 => TunnelOutcome.Refused,
            _ => TunnelOutcome.Misbehaved,
        };
    }

    private static byte[] Request(DialTarget target)
    {
        byte[] address = IPAddress.TryParse(target.Host, out var ip)
            ? [ip.AddressFamily == AddressFamily.InterNetworkV6 ? IPv6 : IPv4, .. ip.GetAddressBytes()]
            : [Name, (byte)target.Host.Length, .. Encoding.ASCII.GetBytes(target.Host)];
        byte[] request = [Version, Connect, 0, .. address, 0, 0];
        BinaryPrimitives.WriteUInt16BigEndian(request.AsSpan(request.Length - 2), (ushort)target.Port);
        return request;
    }
}
