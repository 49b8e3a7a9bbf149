using MixMq.Overlay.Links;
using MixMq.Transport.Configuration;
using MixMq.Transport.Tests.Testing;
using MixMq.Transport.Tls;

namespace MixMq.Transport.Tests;

/// <summary>Who isn't let in is told apart in the log, by configured names and never by an address.</summary>
public sealed class RefusalTests
{
    [Fact]
    public async Task A_wrong_ca_is_named_on_both_sides()
    {
        await using var left = new TestNode("left");
        await using var right = new TestNode("right");
        await right.Knows(left, accept: true, trust: right.Ca.Trust).StartAsync();
        await left.Knows(right, dial: true).StartAsync();
        await right.Log.WaitForAsync("satisfies the trust setting of no configured peer");
        await AssertNoIdentityLoggedAsync(left, right);
    }

    [Fact]
    public async Task A_wrong_pin_is_named_by_the_side_that_dialled()
    {
        await using var left = new TestNode("left");
        await using var right = new TestNode("right");
        await right.Knows(left, accept: true).StartAsync();
        await left.Knows(right, dial: true, trust: new PinnedKeyTrust(left.Certificate.Pin)).StartAsync();
        var line = await left.Log.WaitForAsync("Dialling right failed");
        Assert.Contains("pinnedKey", line, StringComparison.Ordinal);
        await AssertNoIdentityLoggedAsync(left, right);
    }

    [Fact]
    public async Task An_expired_certificate_is_said_to_be_expired()
    {
        using var ca = new TestCa("left CA");
        await using var left = new TestNode("left") { Certificate = ca.IssueLocal(toDay: 5) };
        await using var right = new TestNode("right");
        await right.Knows(left, accept: true, trust: ca.Trust).StartAsync();
        await left.Knows(right, dial: true).StartAsync();
        Assert.Contains("has expired", await right.Log.WaitForAsync("Connection from left was turned away"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_network_is_named_on_both_sides()
    {
        await using var left = new TestNode("left") { Parameters = TestNode.CreateNetwork("elsewhere") };
        await using var right = new TestNode("right");
        await right.Knows(left, accept: true).StartAsync();
        await left.Knows(right, dial: true).StartAsync();
        await Task.WhenAll(left.Log.WaitForAsync("\"right\" is in another network"), right.Log.WaitForAsync("\"left\" is in another network"));
        await AssertNoIdentityLoggedAsync(left, right);
    }

    [Fact]
    public async Task An_address_that_is_no_peer_is_turned_away_without_a_word()
    {
        await using var known = new TestNode("known");
        await using var stranger = new TestNode("stranger") { Certificate = known.Ca.IssueLocal() };
        await using var target = new TestNode("target");
        await target.Knows(known, accept: true).StartAsync();
        await using var raw = await RawPeer.ConnectAsync(stranger, target);
        await raw.SendControlAsync(raw.OpenMessage());
        await raw.AssertClosedAsync();
        await target.UntilAsync(snapshot => snapshot.RefusalsOf(LinkRefusalReason.NotPermitted) == 1 && snapshot.Connections == 0);
        await AssertNoIdentityLoggedAsync(stranger, target);
    }

    [Fact]
    public async Task A_peer_nobody_answers_for_is_said_to_be_unreachable()
    {
        await using var left = new TestNode("left");
        await using var right = new TestNode("right");
        await right.StartAsync();
        left.Knows(right, dial: true);
        await right.StopAsync();
        await left.StartAsync();
        Assert.Contains("nothing answers", await left.Log.WaitForAsync("Dialling right failed"), StringComparison.Ordinal);
        await AssertNoIdentityLoggedAsync(left, right);
    }

    [Fact]
    public async Task Connections_that_prove_nothing_are_bounded()
    {
        await using var left = new TestNode("left");
        await using var right = new TestNode("right") { Limits = new LimitsConfiguration { CryptoWorkers = 1, UnauthenticatedConnections = 4 } };
        await right.Knows(left, accept: true).StartAsync();
        var silent = new List<System.Net.Sockets.Socket>();
        try
        {
            for (var i = 0; i < 12; i++)
            {
                var socket = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
                silent.Add(socket);
                await socket.ConnectAsync(right.Endpoint);
            }

            await right.Log.WaitForAsync("limits:unauthenticatedConnections was reached");
        }
        finally
        {
            silent.ForEach(socket => socket.Dispose());
        }

        // Their places are free again, and links don't take any.
        await left.Knows(right, dial: true).StartAsync();
        await Task.WhenAll(left.UpAsync(right), right.UpAsync(left));
    }

    private static Task AssertNoIdentityLoggedAsync(TestNode left, TestNode right)
    {
        foreach (var line in left.Log.Lines.Concat(right.Log.Lines))
        {
            foreach (var node in (TestNode[])[left, right])
            {
                Assert.DoesNotContain(node.Identity.Address.ToString(), line, StringComparison.Ordinal);
                Assert.DoesNotContain("127.0.0.1", line, StringComparison.Ordinal);
            }
        }

        return Task.CompletedTask;
    }
}
