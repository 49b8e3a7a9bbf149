using System.Net.Sockets;
using System.Text;
using MixMq.Transport.Configuration;
using MixMq.Transport.Dialling;
using MixMq.Transport.Tests.Testing;

namespace MixMq.Transport.Tests.Dialling;

/// <summary>What becomes of each answer that a proxy can give, right or hostile.</summary>
public sealed class TunnelTests
{
    private static readonly DialTarget Target = new("peer.invalid", 7400);

    [Theory]
    [InlineData("", TunnelOutcome.Misbehaved)]
    [InlineData("0400", TunnelOutcome.Misbehaved)]
    [InlineData("05ff", TunnelOutcome.CredentialsRefused)]
    [InlineData("0501", TunnelOutcome.Misbehaved)]
    [InlineData("0502", TunnelOutcome.Misbehaved)]
    [InlineData("0500", TunnelOutcome.Misbehaved)]
    [InlineData("0500 04000001 7f000001 0001", TunnelOutcome.Misbehaved)]
    [InlineData("0500 05000101 7f000001 0001", TunnelOutcome.Misbehaved)]
    [InlineData("0500 05000009 7f000001 0001", TunnelOutcome.Misbehaved)]
    [InlineData("0500 05000003 ff 6161", TunnelOutcome.Misbehaved)]
    [InlineData("0500 05090001 7f000001 0001", TunnelOutcome.Misbehaved)]
    [InlineData("0500 05010001 00000000 0000", TunnelOutcome.Refused)]
    [InlineData("0500 05020001 00000000 0000", TunnelOutcome.Refused)]
    [InlineData("0500 05030001 00000000 0000", TunnelOutcome.Unreachable)]
    [InlineData("0500 05040001 00000000 0000", TunnelOutcome.Unreachable)]
    [InlineData("0500 05050001 00000000 0000", TunnelOutcome.Unreachable)]
    [InlineData("0500 05080001 00000000 0000", TunnelOutcome.Refused)]
    [InlineData("0500 05000001 7f000001 0001", TunnelOutcome.Open)]
    [InlineData("0500 05000003 00 0001", TunnelOutcome.Open)]
    [InlineData("0500 05000003 02 6161 0001", TunnelOutcome.Open)]
    [InlineData("0500 05000004 00000000000000000000000000000001 0001", TunnelOutcome.Open)]
    public async Task Each_socks5_answer_has_its_outcome(string answer, object expected)
    {
        var bytes = Convert.FromHexString(answer.Replace(" ", "", StringComparison.Ordinal));
        Assert.Equal(expected, await RunAsync(bytes, (stream, stop) => Socks5Tunnel.OpenAsync(stream, Target, null, stop)));
    }

    [Theory]
    [InlineData("0502 0100 05000001 7f000001 0001", TunnelOutcome.Open)]
    [InlineData("0500 05000001 7f000001 0001", TunnelOutcome.Open)]
    [InlineData("0502 0101", TunnelOutcome.CredentialsRefused)]
    [InlineData("0502 0500", TunnelOutcome.Misbehaved)]
    [InlineData("0502 01", TunnelOutcome.Misbehaved)]
    public async Task Each_answer_to_a_socks5_password_has_its_outcome(string answer, object expected)
    {
        using var credentials = ProxyCredentials.Parse("user\npassword\n"u8)!;
        var bytes = Convert.FromHexString(answer.Replace(" ", "", StringComparison.Ordinal));
        Assert.Equal(expected, await RunAsync(bytes, (stream, stop) => Socks5Tunnel.OpenAsync(stream, Target, credentials, stop)));
    }

    [Theory]
    [InlineData("", TunnelOutcome.Misbehaved)]
    [InlineData("HTTP/1.1 200 OK\r\n", TunnelOutcome.Misbehaved)]
    [InlineData("SSH-2.0-OpenSSH_9.2p1\r\n\r\n", TunnelOutcome.Misbehaved)]
    [InlineData("HTTP/2.0 200 OK\r\n\r\n", TunnelOutcome.Misbehaved)]
    [InlineData("HTTP/1.1 2000 OK\r\n\r\n", TunnelOutcome.Misbehaved)]
    [InlineData("HTTP/1.1 +20 OK\r\n\r\n", TunnelOutcome.Misbehaved)]
    [InlineData("HTTP/1.1 999 OK\r\n\r\n", TunnelOutcome.Misbehaved)]
    [InlineData("HTTP/1.1 403 Forbidden\r\n\r\n", TunnelOutcome.Refused)]
    [InlineData("HTTP/1.1 302 Found\r\nLocation: http://x/\r\n\r\n", TunnelOutcome.Refused)]
    [InlineData("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", TunnelOutcome.CredentialsRefused)]
    [InlineData("HTTP/1.1 502 Bad Gateway\r\n\r\n", TunnelOutcome.Unreachable)]
    [InlineData("HTTP/1.1 504 Gateway Timeout\r\n\r\n", TunnelOutcome.Unreachable)]
    [InlineData("HTTP/1.1 200\r\n\r\n", TunnelOutcome.Open)]
    [InlineData("HTTP/1.0 200 Connection established\r\nTransfer-Encoding: chunked\r\n\r\n", TunnelOutcome.Open)]
    [InlineData("HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n", TunnelOutcome.Open)]
    public async Task Each_answer_to_connect_has_its_outcome(string answer, object expected) => Assert.Equal(
        expected, await RunAsync(Encoding.ASCII.GetBytes(answer), (stream, stop) => HttpConnectTunnel.OpenAsync(stream, Target, null, stop)));

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nX: ", "a")]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\n")]
    public async Task An_answer_without_end_is_read_no_further_than_its_bound(string beginning, string endless)
    {
        var answer = beginning + string.Concat(Enumerable.Repeat(endless, 100_000));
        Assert.Equal(TunnelOutcome.Misbehaved, await RunAsync(Encoding.ASCII.GetBytes(answer), (stream, stop) => HttpConnectTunnel.OpenAsync(stream, Target, null, stop)));
    }

    [Fact]
    public async Task What_follows_an_answer_is_left_to_be_read_as_the_peers()
    {
        foreach (var (answer, open) in new (byte[], Func<Stream, CancellationToken, Task<TunnelOutcome>>)[]
        {
            (Convert.FromHexString("0500050000017f0000010001"), (stream, stop) => Socks5Tunnel.OpenAsync(stream, Target, null, stop)),
            ("HTTP/1.1 200 OK\r\n\r\n"u8.ToArray(), (stream, stop) => HttpConnectTunnel.OpenAsync(stream, Target, null, stop)),
        })
        {
            await using var proxy = FakeProxy.Answering([.. answer, .. "peer"u8]);
            await using var stream = await ConnectAsync(proxy);
            using var patience = new CancellationTokenSource(TestLog.Patience);
            Assert.Equal(TunnelOutcome.Open, await open(stream, patience.Token));
            var rest = new byte[4];
            Assert.True(await ProxyStream.TryReadAsync(stream, rest, patience.Token));
            Assert.Equal("peer", Encoding.ASCII.GetString(rest));
        }
    }

    [Theory]
    [InlineData("user\npassword\n", "user", "password")]
    [InlineData("user\r\npass word", "user", "pass word")]
    [InlineData("u\np:q\n", "u", "p:q")]
    public void Credentials_are_two_lines(string file, string user, string password)
    {
        using var credentials = ProxyCredentials.Parse(Encoding.UTF8.GetBytes(file))!;
        Assert.Equal((user, password), (Encoding.UTF8.GetString(credentials.User), Encoding.UTF8.GetString(credentials.Password)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("user")]
    [InlineData("user\n")]
    [InlineData("\npassword\n")]
    [InlineData("us:er\npassword\n")]
    [InlineData("user\npassword\nmore\n")]
    [InlineData("us\ter\npassword\n")]
    public void Other_files_are_no_credentials(string file)
    {
        Assert.Null(ProxyCredentials.Parse(Encoding.UTF8.GetBytes(file)));
        Assert.Null(ProxyCredentials.Parse(Encoding.UTF8.GetBytes(new string('u', 256) + "\np\n")));
    }

    private static async Task<TunnelOutcome> RunAsync(byte[] answer, Func<Stream, CancellationToken, Task<TunnelOutcome>> open)
    {
        await using var proxy = new FakeProxy(async (socket, _, stop) =>
        {
            await socket.SendAsync(answer, stop);
            socket.Shutdown(SocketShutdown.Send);
            var ignored = new byte[4096];
            while (await socket.ReceiveAsync(ignored, stop) > 0)
            {
            }
        });
        await using var client = await ConnectAsync(proxy);
        using var patience = new CancellationTokenSource(TestLog.Patience);
        return await open(client, patience.Token);
    }

    private static async Task<NetworkStream> ConnectAsync(FakeProxy proxy)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(proxy.Endpoint);
        return new NetworkStream(socket, ownsSocket: true);
    }
}
