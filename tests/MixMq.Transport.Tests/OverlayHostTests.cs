using System.Text;
using MixMq.Crypto;
using MixMq.Overlay;
using MixMq.Overlay.Links;
using MixMq.Overlay.Topology;
using MixMq.Sphinx;
using MixMq.Sphinx.Sending;
using MixMq.Transport.Tests.Testing;
using MixMq.Transport.Tls;

namespace MixMq.Transport.Tests;

/// <summary>Whole hosts over real TLS on loopback.</summary>
public sealed class OverlayHostTests
{
    [Fact]
    public async Task Two_hosts_that_know_each_other_link_up()
    {
        await using var left = new TestNode("left");
        await using var right = new TestNode("right");
        await right.Knows(left, accept: true).StartAsync();
        await left.Knows(right, dial: true).StartAsync();
        await Task.WhenAll(left.UpAsync(right), right.UpAsync(left));
        var link = Assert.Single((await left.Host.SnapshotAsync()).Links);
        Assert.Equal((LinkStatus.Up, "right"), (link.Status, link.Peer));
    }

    [Fact]
    public async Task Pinned_keys_do_as_well_as_a_ca_file()
    {
        await using var left = new TestNode("left");
        await using var right = new TestNode("right");
        await right.Knows(left, accept: true, trust: new PinnedKeyTrust(left.Certificate.Pin)).StartAsync();
        await left.Knows(right, dial: true, trust: new PinnedKeyTrust(right.Certificate.Pin)).StartAsync();
        await Task.WhenAll(left.UpAsync(right), right.UpAsync(left));
    }

    [Fact]
    public async Task Packets_travel_a_line_of_three_hosts_end_to_end()
    {
        var inbox = new TestConsumer();
        var views = new TestConsumer();
        await using var sender = new TestNode("sender", relays: false) { Consumer = views };
        await using var relay = new TestNode("relay");
        await using var recipient = new TestNode("recipient", relays: false) { Consumer = inbox };
        await relay.Knows(sender, accept: true).Knows(recipient, accept: true).StartAsync();
        await sender.Knows(relay, dial: true).StartAsync();
        await recipient.Knows(relay, dial: true).StartAsync();
        var view = await views.ViewAsync(view => Converged(view, 3));

        // The sender's float is the first node that unwraps; 200 packets, some of which overtake others.
        const int Count = 200;
        var epoch = (await sender.Host.SnapshotAsync()).Epoch;
        PathHop[] path = [Hop(view, relay, epoch, 3), Hop(view, recipient, epoch, 0)];
        using var writer = new PacketWriter();
        for (var i = 0; i < Count; i++)
        {
            Assert.True(sender.Host.Pool.TryRent(out var packet));
            var wrapped = writer.Wrap(
                TestNode.Network.Definition, path, Encoding.ASCII.GetBytes($"message {i}"), SystemRandomSource.Instance, packet.Packet);
            Assert.Equal(WrapResult.Wrapped, wrapped);
            Assert.True(sender.Host.TrySendPacket(relay.Identity.Address, packet));
        }

        var received = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < Count; i++)
        {
            Assert.True(received.Add(Encoding.ASCII.GetString(await inbox.ReceiveAsync())));
        }

        Assert.Equal(Enumerable.Range(0, Count).Select(i => $"message {i}").Order(StringComparer.Ordinal), received.Order(StringComparer.Ordinal));
        var snapshot = await relay.Host.SnapshotAsync();
        Assert.Equal(Count, snapshot.Relayed);
        await sender.UntilAsync(_ => sender.Host.Pool.Outstanding == 0);
        await relay.UntilAsync(_ => relay.Host.Pool.Outstanding == 0);
    }

    [Fact]
    public async Task What_is_delivered_to_a_float_is_dropped_and_counted()
    {
        var views = new TestConsumer();
        await using var sender = new TestNode("sender", relays: false) { Consumer = views };
        await using var relay = new TestNode("float");
        await relay.Knows(sender, accept: true).StartAsync();
        await sender.Knows(relay, dial: true).StartAsync();
        var view = await views.ViewAsync(view => Converged(view, 2));
        var epoch = (await sender.Host.SnapshotAsync()).Epoch;
        using var writer = new PacketWriter();
        Assert.True(sender.Host.Pool.TryRent(out var packet));
        Assert.Equal(
            WrapResult.Wrapped,
            writer.Wrap(TestNode.Network.Definition, [Hop(view, relay, epoch, 0)], "for you"u8, SystemRandomSource.Instance, packet.Packet));
        Assert.True(sender.Host.TrySendPacket(relay.Identity.Address, packet));
        await relay.UntilAsync(snapshot => snapshot.DropsOf(DropCause.NotForFloat) == 1 && relay.Host.Pool.Outstanding == 0);
    }

    [Fact]
    public async Task A_link_comes_back_after_the_other_end_restarted()
    {
        await using var left = new TestNode("left");
        await using var right = new TestNode("right");
        await right.Knows(left, accept: true).StartAsync();
        await left.Knows(right, dial: true).StartAsync();
        await Task.WhenAll(left.UpAsync(right), right.UpAsync(left));

        var (leftLines, rightLines) = (left.Log.Lines.Length, right.Log.Lines.Length);
        await right.StopAsync();
        await left.Log.WaitForAsync("Link to right is down: Goodbye", leftLines);
        await right.StartAsync();
        await Task.WhenAll(left.UpAsync(right, leftLines), right.UpAsync(left, rightLines));
    }

    [Fact]
    public async Task Stopping_returns_within_its_bound_and_leaves_no_buffer_behind()
    {
        await using var left = new TestNode("left");
        await using var right = new TestNode("right");
        await right.Knows(left, accept: true).StartAsync();
        await left.Knows(right, dial: true).StartAsync();
        await Task.WhenAll(left.UpAsync(right), right.UpAsync(left));
        await left.Host.StopAsync(TestLog.Patience).WaitAsync(2 * TestLog.Patience);
        Assert.Equal(0, left.Host.Pool.Outstanding);
        Assert.Equal(LinkStatus.Down, Assert.Single((await left.Host.SnapshotAsync()).Links).Status);
        await right.Log.WaitForAsync("Link to left is down: Goodbye");
        await left.Host.StopAsync(TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task The_status_text_names_links_by_their_local_names()
    {
        await using var left = new TestNode("left");
        await using var right = new TestNode("right");
        await right.Knows(left, accept: true).StartAsync();
        await left.Knows(right, dial: true).StartAsync();
        await left.UpAsync(right);
        await left.Host.StopAsync(TimeSpan.FromSeconds(5));
        var text = await File.ReadAllTextAsync(left.StatusFile);
        Assert.Contains("network      test", text, StringComparison.Ordinal);
        Assert.Contains($"address      {left.Identity.Address}", text, StringComparison.Ordinal);
        Assert.Contains("  right ", text, StringComparison.Ordinal);
        Assert.DoesNotContain(right.Identity.Address.ToString(), text, StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(left.StatusFile));
    }

    [Fact]
    public async Task A_restarted_host_never_goes_back_in_its_sequence()
    {
        await using var left = new TestNode("left");
        await using var right = new TestNode("right");
        await right.Knows(left, accept: true).StartAsync();
        await left.Knows(right, dial: true).StartAsync();
        await left.UntilAsync(snapshot => snapshot.TopologyRecords == 2);
        var first = (await left.Host.SnapshotAsync()).OwnSequence;
        await left.StopAsync();
        await left.StartAsync();
        await left.UntilAsync(snapshot => snapshot.TopologyRecords == 2 && snapshot.OwnSequence > first);
    }

    [Fact]
    public async Task A_stopping_host_still_forwards_what_it_holds()
    {
        var inbox = new TestConsumer();
        var views = new TestConsumer();
        await using var sender = new TestNode("sender", relays: false) { Consumer = views };
        await using var relay = new TestNode("relay");
        await using var recipient = new TestNode("recipient", relays: false) { Consumer = inbox };
        await relay.Knows(sender, accept: true).Knows(recipient, accept: true).StartAsync();
        await sender.Knows(relay, dial: true).StartAsync();
        await recipient.Knows(relay, dial: true).StartAsync();
        var view = await views.ViewAsync(view => Converged(view, 3));
        var epoch = (await sender.Host.SnapshotAsync()).Epoch;
        PathHop[] path = [Hop(view, relay, epoch, 700), Hop(view, recipient, epoch, 0)];
        using var writer = new PacketWriter();

        // Some of it may be due before the last has come, on a machine that is slow enough: then there is more to be held.
        var sent = 0;
        var snapshot = await relay.Host.SnapshotAsync();
        do
        {
            for (var i = 0; i < 5; i++, sent++)
            {
                Assert.True(sender.Host.Pool.TryRent(out var packet));
                Assert.Equal(WrapResult.Wrapped, writer.Wrap(TestNode.Network.Definition, path, "held"u8, SystemRandomSource.Instance, packet.Packet));
                Assert.True(sender.Host.TrySendPacket(relay.Identity.Address, packet));
            }

            await relay.UntilAsync(now => (snapshot = now).Delayed + now.Relayed == sent);
        }
        while (snapshot.Delayed == 0);

        await relay.Host.StopAsync(TestLog.Patience);
        for (var i = 0; i < sent; i++)
        {
            Assert.Equal("held", Encoding.ASCII.GetString(await inbox.ReceiveAsync()));
        }
    }

    private static bool Converged(TopologyView view, int nodes) =>
        view.Nodes.Length == nodes && view.Nodes.All(node => node.MixKeys.Length > 0 && node.Links.Length > 0 && node.OneSided.IsEmpty);

    private static PathHop Hop(TopologyView view, TestNode node, uint epoch, uint delayMs)
    {
        Assert.True(view.TryFind(node.Identity.Address, out var index));
        Assert.True(view.TryGetMixKey(index, epoch, out var key));
        return new PathHop(node.Identity.Address, key, delayMs);
    }
}
