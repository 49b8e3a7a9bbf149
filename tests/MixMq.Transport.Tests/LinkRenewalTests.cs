using System.Globalization;
using System.Text;
using MixMq.Crypto;
using MixMq.Overlay.Topology;
using MixMq.Sphinx;
using MixMq.Sphinx.Sending;
using MixMq.Transport.Configuration;
using MixMq.Transport.Tests.Testing;

namespace MixMq.Transport.Tests;

/// <summary>Links over real TLS that move to new connections while packets are under way on them.</summary>
public sealed class LinkRenewalTests
{
    /// <summary>Packets in each direction that are sent together.</summary>
    private const int Burst = 8;

    /// <summary>Under way at most, far below what a link's queue holds: on a loaded machine it isn't the queue that is tried.</summary>
    private const int MostUnderWay = 512;

    [Theory]
    [Trait("Spec", "LNK-26")]
    [Trait("Spec", "LNK-27")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task No_packet_is_lost_while_a_busy_link_moves_twice(bool leadingEndDials)
    {
        var (leftInbox, rightInbox) = (new TestConsumer(), new TestConsumer());
        var limits = new LimitsConfiguration { CryptoWorkers = 1, LinkLifetimeSeconds = 2 };
        await using var one = new TestNode("one", relays: false) { Consumer = leftInbox, Limits = limits };
        await using var other = new TestNode("other", relays: false) { Consumer = rightInbox, Limits = limits };
        var (dialler, acceptor) = one.Identity.Address < other.Identity.Address == leadingEndDials ? (one, other) : (other, one);
        await acceptor.Knows(dialler, accept: true).StartAsync();
        await dialler.Knows(acceptor, dial: true).StartAsync();
        var view = await leftInbox.ViewAsync(Converged);
        _ = await rightInbox.ViewAsync(Converged);
        var epoch = (await one.Host.SnapshotAsync()).Epoch;
        using var writer = new PacketWriter();
        var toOther = new Direction(one, other, rightInbox, Hop(view, other, epoch), writer);
        var toOne = new Direction(other, one, leftInbox, Hop(view, one, epoch), writer);
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (Moves(one, other) < 2 || Moves(other, one) < 2)
        {
            toOther.Send(Burst);
            toOne.Send(Burst);
            await tick.WaitForNextTickAsync();
        }

        await toOther.ReceiveAllAsync();
        await toOne.ReceiveAllAsync();
        Assert.DoesNotContain(one.Log.Lines.Concat(other.Log.Lines), line => line.Contains("is down", StringComparison.Ordinal));
    }

    private static int Moves(TestNode node, TestNode peer) =>
        node.Log.Lines.Count(line => line.Contains($"Link to {peer.Name} moved to a newer connection", StringComparison.Ordinal));

    private static bool Converged(TopologyView view) => view.Nodes.Length == 2 && view.Nodes.Sum(node => node.Links.Length) == 2;

    private static PathHop Hop(TopologyView view, TestNode node, uint epoch)
    {
        Assert.True(view.TryFind(node.Identity.Address, out var index));
        Assert.True(view.TryGetMixKey(index, epoch, out var key));
        return new PathHop(node.Identity.Address, key, 0);
    }

    private sealed class Direction(TestNode from, TestNode to, TestConsumer inbox, PathHop hop, PacketWriter writer)
    {
        private readonly HashSet<int> _received = [];
        private int _sent;

        public void Send(int count)
        {
            while (inbox.TryReceive(out var text))
            {
                Take(text);
            }

            for (var i = 0; i < count && _sent - _received.Count < MostUnderWay; i++)
            {
                Send();
            }
        }

        public async Task ReceiveAllAsync()
        {
            while (_received.Count < _sent)
            {
                Take(await inbox.ReceiveAsync());
            }
        }

        private void Take(byte[] text) => Assert.True(_received.Add(int.Parse(text, CultureInfo.InvariantCulture)));

        private void Send()
        {
            Assert.True(from.Host.Pool.TryRent(out var packet));
            var text = Encoding.ASCII.GetBytes(_sent.ToString(CultureInfo.InvariantCulture));
            Assert.Equal(WrapResult.Wrapped, writer.Wrap(TestNode.Network.Definition, [hop], text, SystemRandomSource.Instance, packet.Packet));
            Assert.True(from.Host.TrySendPacket(to.Identity.Address, packet));
            _sent++;
        }
    }
}
