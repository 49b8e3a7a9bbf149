using MixMq.Crypto;

namespace MixMq.Endpoint.Paths.Anonymity;

/// <summary>
/// How soon the weighted non-backtracking walk forgets where it began. For each number of links between relays: the total variation between
/// where a walk ends that began at a given relay, and where walks end that began anywhere. The latter are all walks of that length, by
/// weight; on a regular graph that is the uniform distribution. In a graph of two sides, or in parts, it never gets small.
/// </summary>
internal sealed class WalkMixing
{
    /// <summary>The most links between relays that are tried: as many as a path can have in the largest packet.</summary>
    public const int MostSteps = 29;

    // Edge steps, about two nanoseconds each.
    private const long Budget = 500_000_000;
    private readonly List<double[]> _distances = [];

    private WalkMixing()
    {
    }

    /// <summary>First relays examined.</summary>
    public int Starts { get; private init; }

    /// <summary>Follows walks until they have forgotten their start, and at least for so many links between relays.</summary>
    public static WalkMixing Of(RelayGraph graph, int leastSteps, IRandomSource random, CancellationToken cancellation)
    {
        int[] relays = [.. Enumerable.Range(0, graph.NodeCount).Where(node => graph.IsRelay[node])];
        var most = (int)Math.Clamp(Budget / ((MostSteps + 1) * (long)Math.Max(1, graph.EdgeCount)), 16, int.MaxValue);
        var starts = SampleOf.Items(relays, most, random);
        var mixing = new WalkMixing { Starts = starts.Length };
        if (starts.Length == 0)
        {
            return mixing;
        }

        var all = new Walk(graph);
        all.Begin(relays);
        var reference = new List<double[]>();
        for (var step = 0; step <= MostSteps; step++)
        {
            reference.Add([.. all.ByNode]);
            mixing._distances.Add(new double[starts.Length]);
            all.Step();
        }

        var needed = leastSteps;
        var walk = new Walk(graph);
        for (var i = 0; i < starts.Length; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            walk.Begin([starts[i]]);
            for (var step = 0; step <= MostSteps; step++)
            {
                var distance = Distance(walk.ByNode, reference[step]);
                mixing._distances[step][i] = distance;

                // Distances don't rise again, but for rounding and tiny graphs; all starts are followed equally far.
                if (distance > AnonymityGoals.TotalVariation)
                {
                    needed = Math.Max(needed, Math.Min(step + 1, MostSteps));
                }
                else if (step >= needed)
                {
                    break;
                }

                walk.Step();
            }
        }

        mixing._distances.RemoveRange(needed + 1, MostSteps - needed);
        foreach (var distances in mixing._distances)
        {
            Array.Sort(distances);
        }

        return mixing;
    }

    /// <summary>The median total variation after so many links between relays; 1 where there is no relay.</summary>
    public double Median(int steps) => Starts == 0 ? 1 : _distances[steps][Starts / 2];

    /// <summary>The greatest total variation after so many links between relays.</summary>
    public double Worst(int steps) => Starts == 0 ? 1 : _distances[steps][^1];

    /// <summary>The fewest links between relays whose median is within the goal; -1: none.</summary>
    public int MedianSteps() => _distances.FindIndex(distances => distances[Starts / 2] <= AnonymityGoals.TotalVariation);

    /// <summary>The fewest links between relays that are enough from every start; -1: none.</summary>
    public int WorstSteps() => _distances.FindIndex(distances => distances[^1] <= AnonymityGoals.TotalVariation);

    private static double Distance(double[] one, double[] other)
    {
        var (oneSum, otherSum) = (one.Sum(), other.Sum());
        if (oneSum <= 0 || otherSum <= 0)
        {
            return 1;
        }

        var distance = 0.0;
        for (var i = 0; i < one.Length; i++)
        {
            distance += Math.Abs((one[i] / oneSum) - (other[i] / otherSum));
        }

        return distance / 2;
    }

    // The weights of walks through relays, with no sender to be kept out.
    private sealed class Walk(RelayGraph graph)
    {
        private double[] _byEdge = new double[graph.EdgeCount];
        private double[] _nextByEdge = new double[graph.EdgeCount];
        private double[] _nextByNode = new double[graph.NodeCount];

        public double[] ByNode { get; private set; } = new double[graph.NodeCount];

        public void Begin(ReadOnlySpan<int> starts)
        {
            Array.Clear(_byEdge);
            Array.Clear(ByNode);
            foreach (var start in starts)
            {
                ByNode[start] = 1;
            }
        }

        public void Step()
        {
            WalkTable.Step(graph, own: -1, _byEdge, ByNode, _nextByEdge, _nextByNode);
            (_byEdge, _nextByEdge) = (_nextByEdge, _byEdge);
            (ByNode, _nextByNode) = (_nextByNode, ByNode);
        }
    }
}
