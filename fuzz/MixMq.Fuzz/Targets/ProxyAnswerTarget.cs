using System.Text;
using MixMq.Fuzz.Worlds;
using MixMq.Transport.Configuration;
using MixMq.Transport.Dialling;

namespace MixMq.Fuzz.Targets;

/// <summary>
/// What a proxy answers to a node that dials through it. First byte: bit 0 is HTTP CONNECT rather than SOCKS5, bit 1 means that credentials are
/// offered. Second byte: the bytes of one read. The rest is all that the proxy sends.
/// </summary>
internal sealed class ProxyAnswerTarget : FuzzTarget
{
    private const byte IsHttp = 1, HasCredentials = 2;

    // Choice, status of the password, and the reply with the longest name.
    private const int MostSocksBytes = 2 + 2 + 5 + 255 + 2;

    private static readonly DialTarget Peer = new("peer.example", 7400);

    public override string Name => "proxy-answer";

    public override IReadOnlyList<string> Parsers =>
    [
        "MixMq.Transport.Dialling.Socks5Tunnel::", "MixMq.Transport.Dialling.Socks5Tunnel/", "MixMq.Transport.Dialling.HttpConnectTunnel::",
        "MixMq.Transport.Dialling.HttpConnectTunnel/", "MixMq.Transport.Dialling.ProxyStream::", "MixMq.Transport.Dialling.ProxyStream/",
    ];

    public override IEnumerable<(string Name, byte[] Bytes)> Seeds =>
    [
        ("socks-v4", [0, 255, 5, 0, 5, 0, 0, 1, 127, 0, 0, 1, 0, 80, .. "peer"u8]),
        ("socks-v6", [0, 1, 5, 0, 5, 0, 0, 4, .. new byte[16], 0, 80]),
        ("socks-name", [0, 255, 5, 0, 5, 0, 0, 3, 3, .. "abc"u8, 0, 80]),
        ("socks-password", [HasCredentials, 255, 5, 2, 1, 0, 5, 0, 0, 1, 127, 0, 0, 1, 0, 80]),
        ("socks-password-refused", [HasCredentials, 255, 5, 2, 1, 1]),
        ("socks-none-acceptable", [0, 255, 5, 255]),
        ("socks-refused", [0, 255, 5, 0, 5, 2, 0, 1, 0, 0, 0, 0, 0, 0]),
        ("socks-unreachable", [0, 255, 5, 0, 5, 4, 0, 1, 0, 0, 0, 0, 0, 0]),
        ("connect", [IsHttp, 255, .. "HTTP/1.1 200 OK\r\n\r\npeer"u8]),
        ("connect-interim", [IsHttp | HasCredentials, 1, .. "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 200 Fine\r\nX: y\r\n\r\n"u8]),
        ("connect-credentials", [IsHttp, 255, .. "HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n"u8]),
        ("connect-gateway", [IsHttp, 255, .. "HTTP/1.1 502 Bad Gateway\r\n\r\n"u8]),
        ("connect-no-status", [IsHttp, 255, .. "HTTP/1.1 2x0 OK\r\n\r\n"u8]),
    ];

    public override bool Run(ReadOnlySpan<byte> input)
    {
        var choices = new FuzzInput(input);
        var flags = choices.Byte();
        var piece = Math.Max(1, (int)choices.Byte());
        var answer = choices.Rest.ToArray();
        using var stream = new ScriptedStream(answer, piece);
        using var credentials = (flags & HasCredentials) != 0 ? ProxyCredentials.Parse("user\npassword\n"u8) : null;
        var http = (flags & IsHttp) != 0;
        var opening = http
            ? HttpConnectTunnel.OpenAsync(stream, Peer, credentials, CancellationToken.None)
            : Socks5Tunnel.OpenAsync(stream, Peer, credentials, CancellationToken.None);
        InvariantException.Require(opening.IsCompleted, "Nothing is waited for but the proxy.");
        var outcome = opening.GetAwaiter().GetResult();
        var read = answer.AsSpan(0, stream.Taken);
        InvariantException.Require(read.Length <= (http ? HttpConnectTunnel.MaxHeadBytes : MostSocksBytes), "No answer is read without end.");
        InvariantException.Require(credentials is not null || !Holds(stream.Written, "password"), "No password is sent where there is none.");
        InvariantException.Require(
            outcome != TunnelOutcome.Open || !http || (read.EndsWith("\r\n\r\n"u8) && read.StartsWith("HTTP/1."u8)),
            "A tunnel is open behind an answer's empty line, and not a byte further.");
        InvariantException.Require(outcome != TunnelOutcome.Open || http || read.StartsWith("\x05"u8), "A tunnel is open behind an answer of SOCKS5.");
        return outcome == TunnelOutcome.Open;
    }

    private static bool Holds(ReadOnlySpan<byte> bytes, string text) => bytes.IndexOf(Encoding.ASCII.GetBytes(text)) >= 0;
}
