using System.Numerics;

namespace MixMq.Endpoint.Paths.Anonymity;

/// <summary>
/// How few relays see half of a sample of paths, that is: stand on them. From above by greedy choice; from below by adding up the most used
/// relays, as if they shared no path; then a search with a limit tries to close what is between.
/// </summary>
internal sealed class ObserverSet
{
    /// <summary>Paths sampled.</summary>
    public const int MostPaths = 8192;

    private const int SearchLimit = 200_000;
    private readonly List<(int[] Relays, int Length)> _paths = [];

    public bool IsFull => _paths.Count == MostPaths;

    /// <summary>Takes a path, first relay first, the destination last.</summary>
    public void Add(ReadOnlySpan<int> path)
    {
        if (!IsFull)
        {
            _paths.Add((path[..^1].ToArray(), path.Length));
        }
    }

    /// <summary>The bounds; zeros where there is no path.</summary>
    public (int AtLeast, int AtMost) Bounds(int nodes, CancellationToken cancellation)
    {
        if (_paths.Count == 0)
        {
            return (0, 0);
        }

        var target = (_paths.Count + 1) / 2;
        var sets = Sets(nodes);
        var most = Greedy(sets, target);
        var least = 1;
        for (var sum = 0; ; least++)
        {
            sum += sets[least - 1].Count;
            if (sum >= target)
            {
                break;
            }
        }

        while (least < most)
        {
            cancellation.ThrowIfCancellationRequested();
            var search = new Search(sets, target);
            if (search.Exists(least))
            {
                most = least;
            }
            else if (search.IsComplete)
            {
                least++;
            }
            else
            {
                break;
            }
        }

        return (least, most);
    }

    // For each relay on any path, which paths it is on; the most used first.
    private List<(ulong[] Paths, int Count)> Sets(int nodes)
    {
        var words = (_paths.Count + 63) / 64;
        var sets = new ulong[nodes][];
        for (var i = 0; i < _paths.Count; i++)
        {
            foreach (var relay in _paths[i].Relays)
            {
                (sets[relay] ??= new ulong[words])[i / 64] |= 1UL << (i % 64);
            }
        }

        return [.. sets.Where(set => set is not null).Select(set => (set, set.Sum(BitOperations.PopCount))).OrderByDescending(set => set.Item2)];
    }

    private static int Greedy(List<(ulong[] Paths, int Count)> sets, int target)
    {
        var seen = new ulong[sets[0].Paths.Length];
        var size = 0;
        for (var count = 0; count < target; size++)
        {
            var (best, bestGain) = (0, -1);
            for (var i = 0; i < sets.Count; i++)
            {
                // No later one can gain more than it counts.
                if (sets[i].Count <= bestGain)
                {
                    break;
                }

                var gain = Gain(seen, sets[i].Paths);
                if (gain > bestGain)
                {
                    (best, bestGain) = (i, gain);
                }
            }

            count += bestGain;
            Join(seen, sets[best].Paths);
        }

        return size;
    }

    private static int Gain(ulong[] seen, ulong[] set)
    {
        var gain = 0;
        for (var i = 0; i < seen.Length; i++)
        {
            gain += BitOperations.PopCount(set[i] & ~seen[i]);
        }

        return gain;
    }

    private static void Join(ulong[] seen, ulong[] set)
    {
        for (var i = 0; i < seen.Length; i++)
        {
            seen[i] |= set[i];
        }
    }

    private sealed class Search(List<(ulong[] Paths, int Count)> sets, int target)
    {
        private int _steps;

        /// <summary>Whether the search came to its end.</summary>
        public bool IsComplete => _steps <= SearchLimit;

        /// <summary>Whether so many relays were found that see enough.</summary>
        public bool Exists(int size) => Extend(new ulong[sets[0].Paths.Length], 0, 0, size);

        private bool Extend(ulong[] seen, int count, int from, int left)
        {
            if (count >= target)
            {
                return true;
            }

            for (var i = from; left > 0 && i + left <= sets.Count; i++)
            {
                var best = count;
                for (var j = i; j < i + left; j++)
                {
                    best += sets[j].Count;
                }

                if (best < target || ++_steps > SearchLimit)
                {
                    return false;
                }

                var gain = Gain(seen, sets[i].Paths);
                var joined = (ulong[])seen.Clone();
                Join(joined, sets[i].Paths);
                if (Extend(joined, count + gain, i + 1, left - 1))
                {
                    return true;
                }

                if (!IsComplete)
                {
                    return false;
                }
            }

            return false;
        }
    }
}
