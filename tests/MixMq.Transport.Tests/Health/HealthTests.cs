using System.Net;
using System.Net.Sockets;
using System.Text;
using MixMq.Testing;
using MixMq.Transport.Configuration;
using MixMq.Transport.Health;
using MixMq.Transport.Tests.Testing;

namespace MixMq.Transport.Tests.Health;

/// <summary>What a load balancer sees.</summary>
public sealed class HealthTests
{
    private static readonly HealthConfiguration Answering = new() { Listen = new IPEndPoint(IPAddress.Loopback, 0), Phrase = "in service", Otherwise = "out" };

    [Fact]
    public async Task A_node_says_its_phrase_only_while_a_link_is_up_and_nothing_once_it_is_stopped()
    {
        await using var peer = new TestNode("peer");
        await using var node = new TestNode("node") { Adjust = configuration => configuration with { Health = Answering with { Listen = new IPEndPoint(IPAddress.Loopback, FreePorts.One()) } } };
        await peer.StartAsync();
        await node.Knows(peer, dial: true).StartAsync();
        var endpoint = node.Host.HealthEndpoint!;
        Assert.Equal("out\n", await AskAsync(endpoint));

        await peer.StopAsync();
        await peer.Knows(node, accept: true).StartAsync();
        await node.WhenAsync(host => host.IsHealthy);
        Assert.Equal("in service\n", await AskAsync(endpoint));

        await peer.StopAsync();
        await node.WhenAsync(host => !host.IsHealthy);
        Assert.Equal("out\n", await AskAsync(endpoint));

        await node.StopAsync();
        await Assert.ThrowsAnyAsync<SocketException>(() => AskAsync(endpoint));
    }

    [Fact]
    public async Task Without_another_phrase_an_unhealthy_node_closes_without_a_word()
    {
        using var listener = new HealthListener(Answering with { Otherwise = "" }, () => false, TimeProvider.System, new TestLog());
        listener.Start();
        Assert.Equal("", await AskAsync(listener.Endpoint!));
        await listener.StopAsync();
    }

    [Fact]
    public async Task What_is_sent_to_it_changes_nothing_and_many_at_once_are_bounded()
    {
        using var listener = new HealthListener(Answering, () => true, TimeProvider.System, new TestLog());
        listener.Start();
        var many = new List<Socket>();
        for (var i = 0; i < HealthListener.Connections * 4; i++)
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            many.Add(socket);
            await socket.ConnectAsync(listener.Endpoint!);
            try
            {
                await socket.SendAsync(new byte[4096]);
            }
            catch (SocketException)
            {
                // Answered and closed before the bytes came.
            }
        }

        Assert.Equal("in service\n", await AskUntilAnsweredAsync(listener.Endpoint!));
        many.ForEach(socket => socket.Dispose());
        await listener.StopAsync();
    }

    [Theory]
    [InlineData("127.0.0.0/8", true)]
    [InlineData("192.0.2.0/24", false)]
    public async Task A_silenced_probe_at_the_peers_port_is_neither_logged_nor_counted_nor_audited(string network, bool silenced)
    {
        using var folder = new TestFolder();
        var trail = folder.File("audit.log");
        await using var peer = new TestNode("peer");
        await using var node = new TestNode("node")
        {
            Adjust = configuration => configuration with
            {
                Health = new HealthConfiguration { Silenced = [IPNetwork.Parse(network)] },
                Audit = new AuditConfiguration { File = trail },
            },
        };
        await peer.StartAsync();
        await node.Knows(peer, accept: true).StartAsync();
        using var probe = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await probe.ConnectAsync(node.Endpoint);
        await probe.SendAsync("GET / HTTP/1.0\r\n\r\n"u8.ToArray());
        await ReadToEndAsync(probe);
        if (!silenced)
        {
            // The probe sees its connection end before the node says why; one that is being stopped says nothing of it.
            await node.Log.WaitForAsync("turned away");
        }

        await node.StopAsync();
        Assert.Equal(!silenced, node.Log.Lines.Any(line => line.Contains("turned away", StringComparison.Ordinal)));
        Assert.Equal(!silenced, (await File.ReadAllTextAsync(trail)).Contains(" refused ", StringComparison.Ordinal));
        Assert.Equal(!silenced, (await File.ReadAllTextAsync(node.StatusFile)).Contains("connections refused", StringComparison.Ordinal));
    }

    [Fact]
    public void Probes_are_known_by_network_also_where_a_socket_shows_them_as_ipv6()
    {
        var health = new HealthConfiguration { Silenced = [IPNetwork.Parse("192.0.2.0/24"), IPNetwork.Parse("2001:db8::/32")] };
        Assert.True(health.IsSilenced(new IPEndPoint(IPAddress.Parse("192.0.2.9"), 1)));
        Assert.True(health.IsSilenced(new IPEndPoint(IPAddress.Parse("::ffff:192.0.2.9"), 1)));
        Assert.True(health.IsSilenced(new IPEndPoint(IPAddress.Parse("2001:db8::7"), 1)));
        Assert.False(health.IsSilenced(new IPEndPoint(IPAddress.Parse("192.0.3.9"), 1)));
        Assert.False(health.IsSilenced(null));
    }

    private static async Task<string> AskAsync(IPEndPoint endpoint)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(endpoint);
        return await ReadToEndAsync(socket);
    }

    private static async Task<string> AskUntilAnsweredAsync(IPEndPoint endpoint)
    {
        using var patience = new CancellationTokenSource(TestLog.Patience);
        while (true)
        {
            patience.Token.ThrowIfCancellationRequested();
            if (await AskAsync(endpoint) is { Length: > 0 } answer)
            {
                return answer;
            }
        }
    }

    private static async Task<string> ReadToEndAsync(Socket socket)
    {
        using var patience = new CancellationTokenSource(TestLog.Patience);
        var buffer = new byte[1024];
        var answer = new StringBuilder();
        try
        {
            while (await socket.ReceiveAsync(buffer, patience.Token) is > 0 and var read)
            {
                answer.Append(Encoding.ASCII.GetString(buffer, 0, read));
            }
        }
        catch (SocketException)
        {
            // A reset is an end too.
        }

        return answer.ToString();
    }
}
