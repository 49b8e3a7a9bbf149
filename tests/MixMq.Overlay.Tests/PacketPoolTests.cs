namespace MixMq.Overlay.Tests;

public sealed class PacketPoolTests
{
    [Fact]
    [Trait("Spec", "MIX-15")]
    public void Buffers_are_apart_cleared_and_come_back_whole_for_any_number()
    {
        const int Limit = 1_000;
        var pool = new PacketPool(32, Limit);
        for (var round = 0; round < 3; round++)
        {
            var buffers = new List<PacketBuffer>();
            while (pool.TryRent(out var buffer))
            {
                Assert.False(buffer.Cell.ContainsAnyExcept((byte)0));
                BitConverter.TryWriteBytes(buffer.Cell, buffers.Count);
                buffer.Packet[^1] = 1;
                buffers.Add(buffer);
            }

            Assert.Equal((Limit, Limit), (buffers.Count, pool.Outstanding));
            for (var i = 0; i < Limit; i++)
            {
                Assert.Equal(i, BitConverter.ToInt32(buffers[i].Cell));
                buffers[i].Return();
            }

            Assert.Equal(0, pool.Outstanding);
        }
    }

    [Fact]
    public void Threads_never_hold_the_same_buffer_nor_more_than_the_limit()
    {
        const int Limit = 7;
        var pool = new PacketPool(16, Limit);
        var (held, most, twice) = (0, 0, 0);
        Parallel.For(0, 4, new ParallelOptions { MaxDegreeOfParallelism = 4 }, worker =>
        {
            for (var i = 0; i < 50_000; i++)
            {
                if (!pool.TryRent(out var buffer))
                {
                    continue;
                }

                var now = Interlocked.Increment(ref held);
                InterlockedMax(ref most, now);
                buffer.Cell.Fill((byte)(worker + 1));
                if (buffer.Cell.ContainsAnyExcept((byte)(worker + 1)))
                {
                    Interlocked.Increment(ref twice);
                }

                Interlocked.Decrement(ref held);
                buffer.Return();
            }
        });
        Assert.Equal((0, 0), (twice, pool.Outstanding));
        Assert.InRange(most, 1, Limit);
    }

    [Fact]
    public void A_cell_moves_to_another_pool_or_stays_where_it_is()
    {
        var (from, to) = (new PacketPool(16, 3), new PacketPool(16, 1));
        Assert.True(from.TryRent(out var cell));
        cell.Cell.Fill(5);
        Assert.True(from.TryAdopt(ref cell));
        Assert.True(to.TryAdopt(ref cell));
        Assert.Equal((0, 1), (from.Outstanding, to.Outstanding));
        Assert.False(cell.Cell.ContainsAnyExcept((byte)5));

        Assert.True(from.TryRent(out var second));
        var same = second;
        Assert.False(to.TryAdopt(ref second));
        Assert.Same(same, second);
        Assert.Equal((1, 1), (from.Outstanding, to.Outstanding));
    }

    private static void InterlockedMax(ref int target, int value)
    {
        var seen = Volatile.Read(ref target);
        while (value > seen && Interlocked.CompareExchange(ref target, value, seen) is var now && now != seen)
        {
            seen = now;
        }
    }
}
