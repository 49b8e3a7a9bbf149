using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using MixMq.Transport.Configuration;

namespace MixMq.Transport.Dialling;

/// <summary>
/// The client of CONNECT (RFC 9110 section 9.3.6) in HTTP/1.1, with Basic credentials (RFC 7617). Names go to the proxy as names. Any answer of
/// 2xx ends with its empty line, whatever its header fields say; what follows is the peer's.
/// </summary>
internal static class HttpConnectTunnel
{
    /// <summary>Bytes of an answer's head; a proxy's are a few hundred.</summary>
    internal const int MaxHeadBytes = 8 * 1024;

    private const int Informational = 1;
    private const int Successful = 2;

    internal static async Task<TunnelOutcome> OpenAsync(Stream stream, DialTarget target, ProxyCredentials? credentials, CancellationToken cancellation)
    {
        var request = Request(target, credentials);
        try
        {
            if (!await ProxyStream.TryWriteAsync(stream, request, cancellation))
            {
                return TunnelOutcome.Misbehaved;
            }
        }
        finally
        {
            CryptographicOperations.ZeroMemory(request);
        }

        // Interim answers count into the one bound: else a proxy could send them for ever.
        var left = MaxHeadBytes;
        while (true)
        {
            var (status, length) = await ReadHeadAsync(stream, left, cancellation);
            left -= length;
            if (status / 100 != Informational)
            {
                return status switch
                {
                    407 => TunnelOutcome.CredentialsRefused,
                    502 or 503 or 504 => TunnelOutcome.Unreachable,
                    _ => status / 100 == Successful ? TunnelOutcome.Open : status == 0 ? TunnelOutcome.Misbehaved : TunnelOutcome.Refused,
                };
            }
        }
    }

    /// <summary>
    /// Status 0: it is no answer. Byte by byte, for behind the empty line may be what the peer sends, and that is TLS's to read; an answer is
    /// short, and a dial is rare.
    /// </summary>
    private static async Task<(int Status, int Length)> ReadHeadAsync(Stream stream, int limit, CancellationToken cancellation)
    {
        var head = new byte[limit];
        for (var length = 1; length <= limit; length++)
        {
            if (!await ProxyStream.TryReadAsync(stream, head.AsMemory(length - 1, 1), cancellation))
            {
                return (0, length);
            }

            if (head[length - 1] == '\n' && head.AsSpan(0, length).EndsWith("\r\n\r\n"u8))
            {
                return (StatusOf(head.AsSpan(0, length)), length);
            }
        }

        return (0, limit);
    }

    private static int StatusOf(ReadOnlySpan<byte> head) =>
        head.Length > 12
        && (head.StartsWith("HTTP/1.1 "u8) || head.StartsWith("HTTP/1.0 "u8))
        && Utf8Parser.TryParse(head.Slice(9, 3), out int status, out var used)
        && used == 3
        && status is >= 100 and <= 599
        && head[12] is (byte)' ' or (byte)'\r'
            ? status
            : 0;

    private static byte[] Request(DialTarget target, ProxyCredentials? credentials)
    {
        var host = IPAddress.TryParse(target.Host, out var ip) && ip.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{target.Host}]" : target.Host;
        var head = Encoding.ASCII.GetBytes(FormattableString.Invariant($"CONNECT {host}:{target.Port} HTTP/1.1\r\nHost: {host}:{target.Port}\r\n"));
        if (credentials is null)
        {
            return [.. head, .. "\r\n"u8];
        }

        var field = "Proxy-Authorization: Basic "u8;
        var plain = credentials.User.Length + 1 + credentials.Password.Length;
        var request = GC.AllocateUninitializedArray<byte>(head.Length + field.Length + Base64.GetMaxEncodedToUtf8Length(plain) + 4, pinned: true);
        head.CopyTo(request, 0);
        field.CopyTo(request.AsSpan(head.Length));
        var encoded = request.AsSpan(head.Length + field.Length);
        credentials.User.CopyTo(encoded);
        encoded[credentials.User.Length] = (byte)':';
        credentials.Password.CopyTo(encoded[(credentials.User.Length + 1)..]);
        Base64.EncodeToUtf8InPlace(encoded, plain, out _);
        "\r\n\r\n"u8.CopyTo(request.AsSpan(request.Length - 4));
        return request;
    }
}
