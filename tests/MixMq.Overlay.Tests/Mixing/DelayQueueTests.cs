using FsCheck;
using FsCheck.Fluent;
using MixMq.Overlay.Mixing;

namespace MixMq.Overlay.Tests.Mixing;

public class DelayQueueTests
{
    [Fact]
    [Trait("Spec", "MIX-11")]
    public void Packets_leave_in_the_order_of_their_time_and_arrival_among_equals()
    {
        Prop.ForAll<byte[]>(times =>
        {
            var pool = new PacketPool(8, 1_000);
            var queue = new DelayQueue(1_000);
            for (var i = 0; i < times.Length; i++)
            {
                Assert.True(pool.TryRent(out var packet));
                Assert.True(queue.TryAdd(times[i], i, packet));
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

    [Fact]
    public void Nothing_leaves_early_and_the_next_time_is_known()
    {
        var pool = new PacketPool(8, 10);
        var queue = new DelayQueue(10);
        Assert.Equal(Moment.Never, queue.NextMicros);
        Assert.True(pool.TryRent(out var packet));
        Assert.True(queue.TryAdd(100, 0, packet));
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
            if (!queue.TryAdd(i, 0, packet))
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
