using System.Text;
using MixMq.Crypto;
using MixMq.Overlay;
using MixMq.Overlay.Links;
using MixMq.Overlay.Topology;
using MixMq.Sphinx;
using MixMq.Sphinx.Sending;
using MixMq.Transport.Tests.Testing;

namespace MixMq.Transport.Tests.Links;

/// <summary>
/// Flow control towards the inside, as real hosts and the system's TCP do it: an inside that takes nothing more costs its own packets, in a bounded queue, and nobody else's.
/// </summary>
public sealed class StalledInsideTests
{
    /// <summary>After so many refusals in a row there is no room for now.</summary>
    private const int Refusals = 20_000;

    /// <summary>What HELLOs wait behind: 128 KiB unsent, the line's own buffers, and a TLS record. Without the bound it is some 3 MB.</summary>
    private const int MostBytesAhead = 1024 * 1024;

    private const int Few = 20;

    [Fact]
    [Trait("Spec", "LNK-4")]
    [Trait("Spec", "LNK-54")]
    public async Task An_inside_that_takes_nothing_more_costs_its_own_packets_alone_and_comes_back()
    {
        var (views, insideInbox, otherInbox) = (new TestConsumer(), new TestConsumer(), new TestConsumer());
        await using var relay = new TestNode("float");
        await using var sender = new TestNode("sender", relays: false) { Consumer = views };
        await using var inside = new TestNode("inside", relays: false) { Consumer = insideInbox };
        await using var other = new TestNode("other", relays: false) { Consumer = otherInbox };
        await relay.Knows(sender, accept: true).Knows(inside, accept: true).Knows(other, accept: true).StartAsync();
        await using var line = new HeldLine(relay.Endpoint);
        await sender.Knows(relay, dial: true).StartAsync();
        await inside.Knows(relay, dial: true, at: line.Endpoint).StartAsync();
        await other.Knows(relay, dial: true).StartAsync();
        var view = await views.ViewAsync(view => view.Nodes.Length == 4 && view.Nodes.All(node => node.MixKeys.Length > 0 && node.Links.Length > 0 && node.OneSided.IsEmpty));
        var epoch = (await sender.Host.SnapshotAsync()).Epoch;

        // Whether the writer waits for the inside or for a processor can't be seen from here: it is given time, and flooded again until that finds no room.
        line.Hold();
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        long taken = 0, more;
        do
        {
            taken += more = Flood(relay, inside);
            _ = await tick.WaitForNextTickAsync();
            Assert.DoesNotContain(relay.Log.Lines, static line => line.Contains("Link to inside is down", StringComparison.Ordinal));
        }
        while (more > 0 || relay.Host.Pool.Outstanding < LinkTuning.PacketQueueLimit);
        Assert.InRange((taken - LinkTuning.PacketQueueLimit) * TestNode.Network.CellBytes, 0, MostBytesAhead);
        Assert.InRange(relay.Host.Pool.Outstanding, 0, LinkTuning.PacketQueueLimit + 100);

        // What comes for it beyond that is refused and counted; what comes for others passes as ever.
        Send(sender, relay, inside, view, epoch);
        Send(sender, relay, other, view, epoch);
        for (var i = 0; i < Few; i++)
        {
            _ = await otherInbox.ReceiveAsync();
        }

        await relay.UntilAsync(static snapshot => snapshot.DropsOf(DropCause.LinkQueueFull) + snapshot.DropsOf(DropCause.NoLink) >= Few);

        // It answers no HELLO, so its link is declared down, and what was held for it is given back.
        await relay.Log.WaitForAsync("Link to inside is down");
        await relay.UntilAsync(snapshot => snapshot.DropsOf(DropCause.NoLink) >= LinkTuning.PacketQueueLimit && relay.Host.Pool.Outstanding == 0);
        Assert.DoesNotContain(relay.Log.Lines, static line => line.Contains("Link to other is down", StringComparison.Ordinal) || line.Contains("Link to sender is down", StringComparison.Ordinal));

        var before = relay.Log.Lines.Length;
        line.Release();
        await relay.UpAsync(inside, before);
        Send(sender, relay, inside, view, epoch);
        for (var i = 0; i < Few; i++)
        {
            Assert.Equal("hello", Encoding.ASCII.GetString(await insideInbox.ReceiveAsync()));
        }
    }

    /// <summary>Queues bytes that are no packets until none are taken any more; how many were.</summary>
    private static long Flood(TestNode from, TestNode to)
    {
        long taken = 0;
        for (var refused = 0; refused < Refusals;)
        {
            Assert.True(from.Host.Pool.TryRent(out var packet));
            packet.Packet.Clear();
            if (from.Host.TrySendPacket(to.Identity.Address, packet))
            {
                (taken, refused) = (taken + 1, 0);
            }
            else
            {
                packet.Return();
                refused++;
            }
        }

        return taken;
    }

    private static void Send(TestNode sender, TestNode relay, TestNode to, TopologyView view, uint epoch)
    {
        using var writer = new PacketWriter();
        for (var i = 0; i < Few; i++)
        {
            Assert.True(sender.Host.Pool.TryRent(out var packet));
            Assert.Equal(
                WrapResult.Wrapped,
                writer.Wrap(TestNode.Network.Definition, [Hop(view, relay, epoch, 2), Hop(view, to, epoch, 0)], "hello"u8, SystemRandomSource.Instance, packet.Packet));
            Assert.True(sender.Host.TrySendPacket(relay.Identity.Address, packet));
        }
    }

    private static PathHop Hop(TopologyView view, TestNode node, uint epoch, uint delayMs)
    {
        Assert.True(view.TryFind(node.Identity.Address, out var index));
        Assert.True(view.TryGetMixKey(index, epoch, out var key));
        return new PathHop(node.Identity.Address, key, delayMs);
    }
}
