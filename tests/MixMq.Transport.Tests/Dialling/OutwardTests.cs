using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using MixMq.Testing;
using MixMq.Transport.Configuration;
using MixMq.Transport.Dialling;
using MixMq.Transport.Tests.Testing;

namespace MixMq.Transport.Tests.Dialling;

/// <summary>Whole links through proxies: one of the tests' own that keeps what it was told, and foreign ones.</summary>
public sealed class OutwardTests
{
    [Fact]
    public async Task A_link_comes_up_through_socks5_and_the_proxy_is_given_the_name_and_the_password()
    {
        await using var peer = new TestNode("peer");
        await peer.StartAsync();
        await using var proxy = FakeProxy.Socks5(peer.Endpoint.Port);
        await LinkAsync(peer, new DialTarget("peer.invalid", 7400), OutwardWay.Socks5, proxy.Endpoint, "user\npassword\n");
        Assert.Equal(
            [5, 2, 0, 2, 1, 4, .. "user"u8, 8, .. "password"u8, 5, 1, 0, 3, 12, .. "peer.invalid"u8, 7400 >> 8, 7400 & 255],
            proxy.Received);
    }

    [Fact]
    public async Task A_link_comes_up_through_connect_and_the_proxy_is_given_the_name_and_the_password()
    {
        await using var peer = new TestNode("peer");
        await peer.StartAsync();
        await using var proxy = FakeProxy.Http(peer.Endpoint.Port);
        await LinkAsync(peer, new DialTarget("peer.invalid", 7400), OutwardWay.HttpConnect, proxy.Endpoint, "user\npassword\n");
        Assert.Equal(
            "CONNECT peer.invalid:7400 HTTP/1.1\r\nHost: peer.invalid:7400\r\nProxy-Authorization: Basic dXNlcjpwYXNzd29yZA==\r\n\r\n",
            Encoding.ASCII.GetString([.. proxy.Received]));
    }

    [Fact]
    public async Task A_peer_marked_direct_is_dialled_past_the_proxy()
    {
        await using var peer = new TestNode("peer");
        await peer.StartAsync();
        await LinkAsync(
            peer, new DialTarget("127.0.0.1", peer.Endpoint.Port), OutwardWay.Socks5, new IPEndPoint(IPAddress.Loopback, FreePorts.One()), null, direct: true);
    }

    [Fact]
    public async Task A_proxy_that_drips_its_answer_holds_a_dial_no_longer_than_a_handshake_may_take()
    {
        await using var peer = new TestNode("peer");
        await peer.StartAsync();
        await using var proxy = new FakeProxy(async (socket, _, stop) =>
        {
            await socket.SendAsync("HTTP/1.1 200 OK\r\nX: "u8.ToArray(), stop);
            using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
            while (await tick.WaitForNextTickAsync(stop))
            {
                await socket.SendAsync("a"u8.ToArray(), stop);
            }
        });
        await using var node = Dialling(peer, new DialTarget("peer.invalid", 7400), OutwardWay.HttpConnect, proxy.Endpoint, null, handshakeSeconds: 1);
        await node.StartAsync();
        await node.Log.WaitForAsync("no TLS handshake within limits:handshakeSeconds");
    }

    [Fact]
    public async Task A_proxy_that_is_not_there_or_refuses_is_said_in_the_log_without_an_address()
    {
        await using var peer = new TestNode("peer");
        await peer.StartAsync();
        await using var refusing = FakeProxy.Answering([.. "HTTP/1.1 403 Forbidden\r\n\r\n"u8]);
        await using var node = Dialling(peer, new DialTarget("peer.invalid", 7400), OutwardWay.HttpConnect, refusing.Endpoint, null);
        await node.StartAsync();
        var line = await node.Log.WaitForAsync("Dialling peer failed: the proxy refuses to connect to the peer");
        Assert.DoesNotContain("peer.invalid", line, StringComparison.Ordinal);
        await using var lost = Dialling(peer, new DialTarget("peer.invalid", 7400), OutwardWay.Socks5, new IPEndPoint(IPAddress.Loopback, FreePorts.One()), null);
        await lost.StartAsync();
        await lost.Log.WaitForAsync("Dialling peer failed: the proxy does not answer");
    }

    [ForeignFact("microsocks")]
    public async Task A_link_comes_up_through_microsocks_with_the_right_password_alone()
    {
        await using var peer = new TestNode("peer");
        await peer.StartAsync();
        var port = FreePorts.One();
        using var proxy = await StartAsync("microsocks", port, "-i", "127.0.0.1", "-p", $"{port}", "-u", "user", "-P", "password");
        var endpoint = new IPEndPoint(IPAddress.Loopback, port);
        await using (var wrong = Dialling(peer, new DialTarget("localhost", peer.Endpoint.Port), OutwardWay.Socks5, endpoint, "user\nother\n"))
        {
            await wrong.StartAsync();
            await wrong.Log.WaitForAsync("the proxy does not take the credentials");
        }

        await LinkAsync(peer, new DialTarget("127.0.0.1", peer.Endpoint.Port), OutwardWay.Socks5, endpoint, "user\npassword\n");
    }

    [ForeignFact("tinyproxy")]
    public async Task A_link_comes_up_through_tinyproxy_with_the_right_password_alone()
    {
        using var folder = new TestFolder();
        await using var peer = new TestNode("peer");
        await peer.StartAsync();
        var port = FreePorts.One();
        var file = folder.Write("tinyproxy.conf", $"Port {port}\nListen 127.0.0.1\nTimeout 60\nMaxClients 10\nLogLevel Critical\nBasicAuth user password\n");
        using var proxy = await StartAsync("tinyproxy", port, "-d", "-c", file);
        var endpoint = new IPEndPoint(IPAddress.Loopback, port);
        await using (var without = Dialling(peer, new DialTarget("localhost", peer.Endpoint.Port), OutwardWay.HttpConnect, endpoint, null))
        {
            await without.StartAsync();
            await without.Log.WaitForAsync("the proxy does not take the credentials");
        }

        await LinkAsync(peer, new DialTarget("127.0.0.1", peer.Endpoint.Port), OutwardWay.HttpConnect, endpoint, "user\npassword\n");
    }

    private static async Task LinkAsync(TestNode peer, DialTarget target, OutwardWay way, IPEndPoint proxy, string? credentials, bool direct = false)
    {
        await using var node = Dialling(peer, target, way, proxy, credentials, direct: direct);
        await peer.StopAsync();
        await peer.Knows(node, accept: true).StartAsync();
        await node.StartAsync();
        await Task.WhenAll(node.UpAsync(peer), peer.UpAsync(node));
        await node.StopAsync();
    }

    private static TestNode Dialling(TestNode peer, DialTarget target, OutwardWay way, IPEndPoint proxy, string? credentials, int handshakeSeconds = 10, bool direct = false)
    {
        var outward = new OutwardConfiguration
        {
            Way = way,
            Proxy = new DialTarget(proxy.Address.ToString(), proxy.Port),
            Credentials = credentials is null ? null : ProxyCredentials.Parse(Encoding.UTF8.GetBytes(credentials)),
        };
        return new TestNode("node")
        {
            Limits = new LimitsConfiguration { CryptoWorkers = 1, HandshakeSeconds = handshakeSeconds },
            Adjust = configuration => configuration with
            {
                Outward = outward,
                Peers = [.. configuration.Peers.Select(known => known with { Dial = target, Direct = direct })],
            },
        }.Knows(peer, dial: true);
    }

    /// <summary>Started means that it accepts.</summary>
    private static async Task<ForeignProcess> StartAsync(string program, int port, params string[] arguments)
    {
        var process = new ForeignProcess(Process.Start(new ProcessStartInfo(ForeignFactAttribute.Find(program)!, arguments)
        {
            UseShellExecute = false,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        })!);
        using var patience = new CancellationTokenSource(TestLog.Patience);
        while (true)
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), patience.Token);
                return process;
            }
            catch (SocketException) when (!process.HasExited)
            {
                await Task.Yield();
            }
        }
    }

    private sealed class ForeignProcess(Process process) : IDisposable
    {
        internal bool HasExited => process.HasExited;

        public void Dispose()
        {
            process.Kill();
            process.WaitForExit();
            process.Dispose();
        }
    }
}
