using FsCheck;
using FsCheck.Fluent;
using MixMq.Overlay.Mixing;
using MixMq.Sphinx;

namespace MixMq.Overlay.Tests.Mixing;

public class DelayQueueTests
{
    [Fact]
    [Trait("Spec", "MIX-11")]
    public void Packets_leave_in_the_order_of_their_time_and_of_their_rank_among_equals_whenever_they_came()
    {
        Prop.ForAll<byte[]>(times =>
        {
            var pool = new PacketPool(8, 1_000);
            var queue = new DelayQueue(1_000);
            var arrivals = Enumerable.Range(0, times.Length).ToArray();
            new Random(times.Length).Shuffle(arrivals);
            foreach (var i in arrivals)
            {
                Assert.True(pool.TryRent(out var packet));
                Assert.True(queue.TryAdd(times[i], (ulong)i, i, packet));
            }

            var order = new List<int>();
            while (queue.TryTakeDue(255, out var number, out var packet))
            {
                order.Add(number);
                packet.Return();
            }

            return pool.Outstanding == 0 && order.SequenceEqual(Enumerable.Range(0, times.Length).OrderBy(i => times[i]));
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [Trait("Spec", "MIX-11")]
    [InlineData(0, 0, 0)]
    [InlineData(1, 0, 1_000)]
    [InlineData(1_000, 7, 8_000)]
    [InlineData(1_001, 7, 9_000)]
    [InlineData(1_999, 60_000, 60_002_000)]
    public void A_packet_leaves_on_the_tick_at_or_after_its_delay_and_does_not_show_when_within_a_tick_it_came(long taken, uint delay, long due) =>
        Assert.Equal(due, DelayQueue.DueMicros(taken, delay));

    [Fact]
    public void The_rank_of_a_packet_is_of_the_element_with_which_it_leaves()
    {
        var packet = new byte[64];
        packet[PacketFormat.AlphaOffset] = 5;
        var rank = DelayQueue.RankOf(packet);
        packet[0] = 1;
        packet[PacketFormat.GammaOffset] = 1;
        Assert.Equal(rank, DelayQueue.RankOf(packet));
        packet[PacketFormat.AlphaOffset + 7] = 1;
        Assert.NotEqual(rank, DelayQueue.RankOf(packet));
    }

    [Fact]
    public void Nothing_leaves_early_and_the_next_time_is_known()
    {
        var pool = new PacketPool(8, 10);
        var queue = new DelayQueue(10);
        Assert.Equal(Moment.Never, queue.NextMicros);
        Assert.True(pool.TryRent(out var packet));
        Assert.True(queue.TryAdd(100, 0, 0, packet));
        Assert.Equal(100, queue.NextMicros);
        Assert.False(queue.TryTakeDue(99, out _, out _));
        Assert.True(queue.TryTakeDue(100, out _, out var taken));
        Assert.Same(packet, taken);
    }

    [Fact]
    public void It_has_a_bound_and_returns_all_when_cleared()
    {
        var pool = new PacketPool(8, 100);
        var queue = new DelayQueue(70);
        for (var i = 0; i < 100; i++)
        {
            Assert.True(pool.TryRent(out var packet));
            if (!queue.TryAdd(i, 0, 0, packet))
            {
                packet.Return();
            }
        }

        Assert.Equal(70, queue.Count);
        Assert.Equal(70, queue.Clear());
        Assert.Equal(0, pool.Outstanding);
        Assert.Equal(Moment.Never, queue.NextMicros);
    }
}
