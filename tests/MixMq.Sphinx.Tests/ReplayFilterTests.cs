using MixMq.Crypto;
using MixMq.Simulation;
using MixMq.Testing;

namespace MixMq.Sphinx.Tests;

public sealed class ReplayFilterTests
{
    [Fact]
    public void A_tag_is_inserted_once()
    {
        using var filter = new ReplayFilter(1000, new SeededRandomSource(1));
        var tag = new byte[16];
        for (var i = 0; i < 1000; i++)
        {
            BitConverter.TryWriteBytes(tag.AsSpan(3), i);
            Assert.Equal(ReplayInsert.Inserted, filter.TryInsert(tag));
            Assert.Equal(ReplayInsert.Duplicate, filter.TryInsert(tag));
        }

        Assert.Equal(1000, filter.Count);
    }

    [Fact]
    [Trait("Spec", "SPX-16")]
    public void A_full_filter_refuses_new_tags_and_still_knows_the_old_ones()
    {
        using var filter = new ReplayFilter(3, new SeededRandomSource(1));
        Assert.Equal(ReplayInsert.Inserted, filter.TryInsert(Tag(0)));
        Assert.Equal(ReplayInsert.Inserted, filter.TryInsert(Tag(1)));
        Assert.Equal(ReplayInsert.Inserted, filter.TryInsert(Tag(2)));
        Assert.Equal(ReplayInsert.Full, filter.TryInsert(Tag(3)));
        Assert.Equal(ReplayInsert.Duplicate, filter.TryInsert(Tag(0)));
        Assert.Equal(ReplayInsert.Duplicate, filter.TryInsert(Tag(2)));
        Assert.Equal(3, filter.Count);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1023)]
    [InlineData(1025)]
    [InlineData(100_000)]
    public void A_filter_takes_exactly_its_capacity_before_it_is_full(int capacity)
    {
        using var filter = new ReplayFilter(capacity, new SeededRandomSource(capacity));
        for (var i = 0; i < capacity; i++)
        {
            Assert.Equal(ReplayInsert.Inserted, filter.TryInsert(Tag(i + 1)));
        }

        Assert.Equal(ReplayInsert.Full, filter.TryInsert(Tag(0)));
        Assert.Equal(ReplayInsert.Full, filter.TryInsert(Tag(-1)));
    }

    [Fact]
    public void Tags_are_known_while_and_after_a_shard_gets_more_places_and_nothing_is_allocated()
    {
        using var filter = new ReplayFilter(1_000_000, new SeededRandomSource("growing"));
        Span<byte> tag = stackalloc byte[16];
        var before = 0L;
        for (var i = 1; i <= 300_000; i++)
        {
            Write(tag, i);
            Assert.True(filter.TryInsert(tag) == ReplayInsert.Inserted);
            Write(tag, 1 + (int)(i * 2_654_435_761L % i));
            Assert.True(filter.TryInsert(tag) == ReplayInsert.Duplicate);
            if (i == 1)
            {
                before = GC.GetAllocatedBytesForCurrentThread();
            }
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        for (var i = 1; i <= 300_000; i++)
        {
            Write(tag, i);
            Assert.True(filter.TryInsert(tag) == ReplayInsert.Duplicate);
        }

        static void Write(Span<byte> tag, int number) => BitConverter.TryWriteBytes(tag, number);
    }

    [Fact]
    public void The_largest_filter_costs_address_space_only()
    {
        var before = Environment.WorkingSet;
        using var filter = new ReplayFilter(ReplayFilter.MaxCapacity, new SeededRandomSource(1));
        Assert.Equal(ReplayInsert.Inserted, filter.TryInsert(Tag(1)));
        Assert.Equal(ReplayInsert.Duplicate, filter.TryInsert(Tag(1)));
        Assert.True(Environment.WorkingSet - before < 64 << 20);
    }

    [Fact]
    [Trait("Spec", "SPX-15")]
    public void Of_threads_with_the_same_tags_exactly_one_inserts_each()
    {
        const int Tags = 20_000;
        using var filter = new ReplayFilter(Tags, new SeededRandomSource(1));
        var inserted = 0;
        Parallel.For(0, 4, _ =>
        {
            for (var i = 0; i < Tags; i++)
            {
                if (filter.TryInsert(Tag(i)) == ReplayInsert.Inserted)
                {
                    Interlocked.Increment(ref inserted);
                }
            }
        });
        Assert.Equal(Tags, inserted);
        Assert.Equal(Tags, filter.Count);
    }

    [Fact]
    public void A_tag_of_another_length_is_the_callers_bug()
    {
        using var filter = new ReplayFilter(1, new SeededRandomSource(1));
        Assert.Throws<ArgumentException>(() => filter.TryInsert(new byte[15]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ReplayFilter(0, SystemRandomSource.Instance));
    }

    private static byte[] Tag(int number)
    {
        var tag = new byte[16];
        BitConverter.TryWriteBytes(tag.AsSpan(8), number);
        return tag;
    }
}
