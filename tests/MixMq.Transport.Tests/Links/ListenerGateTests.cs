using System.Net;
using System.Net.Sockets;
using MixMq.Overlay.Links;
using MixMq.Testing;
using MixMq.Transport.Tests.Testing;

namespace MixMq.Transport.Tests.Links;

/// <summary>A float between an inside and an outside, as an outsider sees its ports.</summary>
public sealed class ListenerGateTests
{
    [Fact]
    [Trait("Spec", "LNK-25")]
    public async Task The_public_port_is_open_exactly_while_an_activating_inner_link_is_up_and_links_outlive_its_closing()
    {
        await using var inside = new TestNode("inside");
        await using var relay = new TestNode("relay") { HasInnerListener = true };
        await using var outside = new TestNode("outside");
        await inside.StartAsync();
        await outside.StartAsync();
        await inside.StopAsync();
        await outside.StopAsync();
        await relay.Knows(inside, accept: true, inner: true, activates: true).Knows(outside, accept: true).StartAsync();
        var port = relay.Endpoint;
        Assert.False(await CanConnectAsync(port));
        Assert.False(relay.Host.IsListening);

        await inside.Knows(relay, dial: true, at: relay.InnerEndpoint).StartAsync();
        await relay.WhenAsync(host => host.IsListening);
        Assert.True(await CanConnectAsync(port));
        await outside.Knows(relay, dial: true).StartAsync();
        await relay.UpAsync(outside);

        var from = relay.Log.Lines.Length;
        await inside.StopAsync();
        await relay.Log.WaitForAsync("Not listening for peer links", from);
        Assert.False(await CanConnectAsync(port));
        Assert.True(await CanConnectAsync(relay.InnerEndpoint));
        Assert.Equal(LinkStatus.Up, (await relay.Host.SnapshotAsync()).Links.Single(link => link.Peer == "outside").Status);

        await inside.StartAsync();
        await relay.WhenAsync(host => host.IsListening);
        Assert.Equal(port, relay.Endpoint);
        Assert.True(await CanConnectAsync(port));
    }

    [Fact]
    public async Task Whoever_is_of_the_inside_is_turned_away_at_the_public_port_and_the_other_way_round()
    {
        await using var inside = new TestNode("inside");
        await using var relay = new TestNode("relay") { HasInnerListener = true };
        await using var outside = new TestNode("outside");
        await relay.Knows(inside, accept: true, inner: true).Knows(outside, accept: true).StartAsync();
        await inside.Knows(relay, dial: true, at: relay.Endpoint).StartAsync();
        await relay.Log.WaitForAsync("turned away: the certificate satisfies the trust setting of no configured peer");
        Assert.DoesNotContain(relay.Log.Lines, line => line.Contains("is up", StringComparison.Ordinal));
        await inside.StopAsync();

        await outside.Knows(relay, dial: true, at: relay.InnerEndpoint).StartAsync();
        await outside.Log.WaitForAsync("turned away");
        Assert.DoesNotContain(relay.Log.Lines, line => line.Contains("is up", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_address_that_can_not_be_had_stops_the_start_also_while_the_port_would_stay_closed()
    {
        using var taken = new Socket(SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        taken.Listen();
        await using var inside = new TestNode("inside");
        await using var relay = new TestNode("relay")
        {
            HasInnerListener = true,
            Adjust = configuration => configuration with { Listen = configuration.Listen with { Public = [(IPEndPoint)taken.LocalEndPoint!] } },
        };
        await inside.StartAsync();
        relay.Knows(inside, accept: true, inner: true, activates: true);
        Assert.Contains("'listen'", (await Assert.ThrowsAsync<IOException>(relay.StartAsync)).Message, StringComparison.Ordinal);
    }

    // As when two programs begin at one time: both bind, while neither listens.
    [Fact]
    public async Task An_address_that_is_lost_between_binding_and_listening_is_named_too()
    {
        var port = new IPEndPoint(IPAddress.Loopback, FreePorts.One());
        await using var inside = new TestNode("inside");
        await using var relay = new TestNode("relay") { Adjust = configuration => configuration with { Listen = configuration.Listen with { Public = [port, port] } } };
        await inside.StartAsync();
        relay.Knows(inside, accept: true);
        Assert.Contains("'listen'", (await Assert.ThrowsAsync<IOException>(relay.StartAsync)).Message, StringComparison.Ordinal);
        Assert.False(await CanConnectAsync(port));
    }

    private static async Task<bool> CanConnectAsync(IPEndPoint endpoint)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(endpoint);
            return true;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
        {
            return false;
        }
    }
}
