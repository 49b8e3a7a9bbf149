using System.Buffers.Binary;
using System.Collections.Immutable;
using MixMq.Crypto;

namespace MixMq.Endpoint.Paths;

/// <summary>
/// Draws paths from one sender over one graph, by indices. Non-backtracking walks are counted once from the sender forward, and drawn
/// backward from the destination; the table serves all destinations and loops. Nothing is allocated for a draw but its result. Not for
/// use by two threads at once.
/// </summary>
/// <param name="graph">The relays.</param>
/// <param name="own">The sender, a node of the graph; a loop's destination too.</param>
/// <param name="pathLinks">Links of a path, at least <see cref="PathSampler.FewestLinks"/>.</param>
/// <param name="mostLinks">The most links a path may have where there is none of that length.</param>
internal sealed class PathSource(RelayGraph graph, int own, int pathLinks, int mostLinks)
{
    private readonly Dictionary<int, PathPlan> _plans = [];
    private readonly int[] _firstRelays = graph.RelaysAt(own);
    private readonly int[] _walk = new int[mostLinks];
    private readonly byte[] _draws = new byte[sizeof(ulong) * mostLinks];
    private WalkTable? _walks;

    /// <summary>Whether the sender has a link to any relay.</summary>
    public bool HasFirstRelay => _firstRelays.Length > 0;

    /// <summary>Walks drawn since the start, those rejected included.</summary>
    public long Attempts { get; private set; }

    public WalkTable Walks => _walks ??= new WalkTable(graph, own, _firstRelays);

    /// <summary>Draws a path; default: there is none of any allowed length.</summary>
    /// <param name="destination">Where it ends.</param>
    /// <param name="random">For the draw.</param>
    /// <param name="isNearestLength">Whether there is none of the wished length.</param>
    public ImmutableArray<int> Draw(int destination, IRandomSource random, out bool isNearestLength)
    {
        var plan = PlanOf(destination);
        while (plan.Links != PathPlan.None)
        {
            if (TryDraw(plan, random) is { IsDefault: false } nodes)
            {
                isNearestLength = plan.Links != pathLinks;
                return nodes;
            }

            if (plan.IsDistinct)
            {
                // Too few institutions between these two: better one of them twice than another length, which would tell of the sender.
                plan.Use(plan.Links, Walks, isDistinct: false);
            }
            else
            {
                plan.Use(NextLength(plan.Links), Walks, graph.HasInstitutions);
            }
        }

        isNearestLength = true;
        return default;
    }

    /// <summary>What has been found out about a destination.</summary>
    public PathPlan PlanOf(int destination)
    {
        if (!_plans.TryGetValue(destination, out var plan))
        {
            plan = new PathPlan(graph, own, _firstRelays, destination);
            plan.Use(pathLinks, Walks, graph.HasInstitutions);
            _plans.Add(destination, plan);
        }

        return plan;
    }

    /// <summary>Draws one walk for a plan with a weight above zero.</summary>
    /// <returns>The walk, if it is simple, and else nothing; overwritten by the next draw.</returns>
    public ReadOnlySpan<int> TryWalk(PathPlan plan, IRandomSource random)
    {
        Attempts++;
        var walk = _walk.AsSpan(0, plan.Links);
        var draws = _draws.AsSpan(0, sizeof(ulong) * plan.Links);
        random.Fill(draws);
        walk[^1] = plan.Destination;
        var node = plan.LastRelays[Choose(plan.LastWeights, Fraction(draws) * plan.Total, -1)];
        var follower = plan.Destination;
        for (var k = plan.Links - 1; ; k--)
        {
            // The walk's first k links end at this node; place k − 1 is its own.
            var seen = walk[k..].IndexOf(node);
            if (seen >= 0 && !(k == 1 && plan.IsLoop && k + seen == plan.Links - 2))
            {
                return [];
            }

            if (plan.IsDistinct && SharesInstitution(plan, walk[k..^1], node, k))
            {
                return [];
            }

            walk[k - 1] = node;
            if (k == 1)
            {
                return walk;
            }

            draws = draws[sizeof(ulong)..];
            var (first, end) = graph.Into(node);
            var weights = Walks.ByEdge(k).AsSpan(first, end - first);
            var back = graph.Find(follower, node);
            var sum = Walks.ByNode(k)[node] - (back < 0 ? 0 : weights[back - first]);
            var edge = Choose(weights, Fraction(draws) * sum, back - first);
            (follower, node) = (node, graph.Source[first + edge]);
        }
    }

    // A loop's first and last relays are both the sender's floats, so they may well be of one institution.
    private bool SharesInstitution(PathPlan plan, ReadOnlySpan<int> later, int node, int k)
    {
        for (var i = 0; i < later.Length; i++)
        {
            if (graph.AreOfOneInstitution(later[i], node) && !(k == 1 && plan.IsLoop && i == later.Length - 1))
            {
                return true;
            }
        }

        return false;
    }

    private ImmutableArray<int> TryDraw(PathPlan plan, IRandomSource random)
    {
        if (plan.EnumeratedWeight > 0)
        {
            return plan.Enumeration.Pick(plan.Links, plan.IsDistinct, random.NextDouble() * plan.EnumeratedWeight);
        }

        if (plan.Total <= 0)
        {
            return default;
        }

        for (var attempt = 0; attempt < (plan.IsTooManyToEnumerate ? PathSampler.LastAttempts : PathSampler.Rejections); attempt++)
        {
            if (TryWalk(plan, random) is { IsEmpty: false } walk)
            {
                return ImmutableArray.Create(walk);
            }
        }

        if (plan.IsTooManyToEnumerate)
        {
            return default;
        }

        if (plan.Enumeration.Sum(plan.Links, plan.IsDistinct) is { } all)
        {
            plan.EnumeratedWeight = all.Total;
            return all.Count > 0 ? TryDraw(plan, random) : default;
        }

        plan.IsTooManyToEnumerate = true;
        return TryDraw(plan, random);
    }

    // The wished length, one more, one less, two more … as far as they are allowed; after the last, none.
    private int NextLength(int links)
    {
        var away = links - pathLinks;
        while (true)
        {
            away = away > 0 ? -away : 1 - away;
            var next = pathLinks + away;
            if (next >= PathSampler.FewestLinks && next <= mostLinks)
            {
                return next;
            }

            if (pathLinks - Math.Abs(away) < PathSampler.FewestLinks && pathLinks + Math.Abs(away) > mostLinks)
            {
                return PathPlan.None;
            }
        }
    }

    // The index at which the running sum of weights passes the drawn value; rounding can leave it unpassed: then the last that has weight.
    private static int Choose(ReadOnlySpan<double> weights, double drawn, int excluded)
    {
        var last = -1;
        for (var i = 0; i < weights.Length; i++)
        {
            if (i == excluded || weights[i] <= 0)
            {
                continue;
            }

            last = i;
            drawn -= weights[i];
            if (drawn < 0)
            {
                break;
            }
        }

        return last;
    }

    private static double Fraction(ReadOnlySpan<byte> bytes) =>
        (BinaryPrimitives.ReadUInt64LittleEndian(bytes) >> 11) * (1.0 / (1UL << 53));
}
