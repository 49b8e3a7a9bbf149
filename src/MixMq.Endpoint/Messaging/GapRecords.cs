namespace MixMq.Endpoint.Messaging;

/// <summary>
/// Which records a conversation's gaps have: as few as say the same, and never many, for it is a correspondent who makes them. All stores keep to this.
/// </summary>
public static class GapRecords
{
    /// <summary>Records of one kind in one conversation. Beyond, the lowest two become one.</summary>
    public const int MaxOfConversation = 64;

    /// <summary>Adds a gap to the records of its kind and conversation.</summary>
    /// <param name="known">Those records, by ascending <see cref="Gap.First"/>.</param>
    /// <param name="added">The gap.</param>
    /// <param name="mayFold">Whether the places between two neighbours may be counted with them.</param>
    /// <returns>Indexes of known records that are no more, and records that take their place. Both empty: all of it is known.</returns>
    public static (IReadOnlyList<int> Removed, IReadOnlyList<Gap> Added) Add(IReadOnlyList<Gap> known, Gap added, Func<Gap, Gap, bool> mayFold)
    {
        ArgumentNullException.ThrowIfNull(known);
        ArgumentNullException.ThrowIfNull(added);
        ArgumentNullException.ThrowIfNull(mayFold);
        if (known.Any(gap => gap.First <= added.First && gap.Last >= added.Last))
        {
            return ([], []);
        }

        // By what it takes in it may come to touch others.
        List<(Gap Gap, int Index)> rows = [.. known.Select((gap, index) => (gap, index))];
        while (rows.FindIndex(row => Touches(row.Gap, added)) is >= 0 and var at)
        {
            added = Join(rows[at].Gap, added, folded: false);
            rows.RemoveAt(at);
        }

        rows.Insert(rows.TakeWhile(row => row.Gap.First < added.First).Count(), (added, -1));
        var low = 0;
        while (rows.Count > MaxOfConversation && low + 1 < rows.Count)
        {
            if (mayFold(rows[low].Gap, rows[low + 1].Gap))
            {
                rows[low] = (Join(rows[low].Gap, rows[low + 1].Gap, folded: true), -1);
                rows.RemoveAt(low + 1);
            }
            else
            {
                low++;
            }
        }

        HashSet<int> kept = [.. rows.Select(row => row.Index)];
        return ([.. Enumerable.Range(0, known.Count).Where(index => !kept.Contains(index))], [.. rows.Where(row => row.Index < 0).Select(row => row.Gap)]);
    }

    private static bool Touches(Gap one, Gap other) => one.First <= other.Last + 1 && other.First <= one.Last + 1;

    private static Gap Join(Gap one, Gap other, bool folded) => one with
    {
        First = Math.Min(one.First, other.First),
        Last = Math.Max(one.Last, other.Last),
        NoticedUnixMillis = Math.Max(one.NoticedUnixMillis, other.NoticedUnixMillis),
        Folded = folded || one.Folded || other.Folded,
    };
}
