using MixMq.Endpoint.Messaging;
using MixMq.Sphinx;

namespace MixMq.Endpoint.Tests.Incarnations;

/// <summary>Records of gaps say of each place what was said of it, and stay few.</summary>
public sealed class GapRecordsTests
{
    [Fact]
    [Trait("Spec", "MSG-64")]
    public void Whatever_gaps_come_in_whatever_order_the_records_are_apart_and_cover_them_and_nothing_else_below_the_limit()
    {
        var random = new Random(7);
        for (var run = 0; run < 200; run++)
        {
            var lost = new SortedSet<ulong>();
            var rows = new List<Gap>();
            for (var i = 0; i < 40; i++)
            {
                var first = (ulong)random.Next(1, 120);
                var last = first + (ulong)random.Next(8);
                rows = Add(rows, first, last, (_, _) => true);
                for (var place = first; place <= last; place++)
                {
                    lost.Add(place);
                }

                Assert.Equal(lost, rows.SelectMany(Places));
                Assert.All(rows.Zip(rows.Skip(1)), pair => Assert.True(pair.First.Last + 1 < pair.Second.First));
                Assert.DoesNotContain(rows, row => row.Folded);
            }
        }
    }

    [Fact]
    [Trait("Spec", "MSG-64")]
    public void Beyond_the_limit_the_lowest_two_that_may_be_are_one_and_say_so()
    {
        var rows = new List<Gap>();
        for (var i = 1UL; i <= 70; i++)
        {
            rows = Add(rows, 10 * i, (10 * i) + 2, (low, _) => low.First >= 30);
        }

        Assert.Equal(GapRecords.MaxOfConversation, rows.Count);
        Assert.Equal([10UL, 20UL, 30UL, 100UL], rows.Take(4).Select(row => row.First));
        Assert.Equal((30UL, 92UL, true), (rows[2].First, rows[2].Last, rows[2].Folded));
        Assert.Single(rows, row => row.Folded);
    }

    private static List<Gap> Add(List<Gap> rows, ulong first, ulong last, Func<Gap, Gap, bool> mayFold)
    {
        var gap = new Gap(GapKind.Received, default(NodeAddress), ConversationId.OfName("c"), "c", first, last, 1);
        var (removed, added) = GapRecords.Add(rows, gap, mayFold);
        return [.. rows.Where((_, index) => !removed.Contains(index)).Concat(added).OrderBy(row => row.First)];
    }

    private static IEnumerable<ulong> Places(Gap gap)
    {
        for (var place = gap.First; place <= gap.Last; place++)
        {
            yield return place;
        }
    }
}
