using System.Collections.Immutable;
using MixMq.Crypto;
using MixMq.Overlay;
using MixMq.Overlay.Topology;

namespace MixMq.Endpoint.Paths.Anonymity;

/// <summary>
/// Says what a topology gives its paths: whether their length is enough, how uncertain they are to an observer, how evenly they load the links,
/// how few relays see half of them, and what hangs on one relay.
/// </summary>
/// <remarks>
/// Pure, and bounded in time and memory whatever the graph: where there are too many pairs, first relays or senders, a sample is examined, drawn
/// from the given randomness, so one seed gives one report. A thousand relays take seconds. Every sender and recipient counts alike; that they
/// don't in truth, only an observer of the traffic knows.
/// </remarks>
public static class AnonymityAnalysis
{
    private const int MostEnds = 64;
    private const int DrawnPaths = 262_144;
    private const int PathsALink = 2_500;
    private const int MostCritical = 10;

    /// <summary>Analyses a view.</summary>
    /// <param name="view">The topology.</param>
    /// <param name="network">Says how many links a path has, and how many it may have.</param>
    /// <param name="epoch">The epoch for which nodes must have a mix key.</param>
    /// <param name="random">For samples.</param>
    /// <param name="progress">Told how much is done, 0 to 1, some hundred times; on the calling thread.</param>
    /// <param name="cancellation">Ends the analysis.</param>
    /// <returns>The figures, with warnings.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static AnonymityReport Run(
        TopologyView view, NetworkParameters network, uint epoch, IRandomSource random, Action<double>? progress, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(view);
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(random);
        int[] withKey = [.. Enumerable.Range(0, view.Nodes.Length).Where(node => view.TryGetMixKey(node, epoch, out _))];
        int[] ends = [.. withKey.Where(node => !view.Nodes[node].Relays)];
        var report = Run(
            RelayGraph.Of(view, epoch), ends.Length < 2 ? withKey : ends, network.PathLinks, network.Definition.Geometry.Hops - 1,
            random, progress, cancellation, out var lostBy);
        return report with
        {
            CriticalRelays = [.. lostBy.Select(pair => new RelayLoss(view.Nodes[pair.Key].Address, pair.Value))],
        };
    }

    internal static AnonymityReport Run(
        RelayGraph graph, int[] ends, int pathLinks, int mostLinks, IRandomSource random, Action<double>? progress, CancellationToken cancellation,
        out IEnumerable<KeyValuePair<int, int>> lostBy)
    {
        var mixing = WalkMixing.Of(graph, pathLinks - 2, random, cancellation);
        progress?.Invoke(0.2);

        // Counting needs all pairs, or the sample's own unevenness is what is seen, and enough paths on each link.
        var (links, allPairs) = (graph.EdgeCount / 2L, ends.Length * (ends.Length - 1L));
        var counted = ends.Length <= MostEnds && links * PathsALink <= DrawnPaths * (pathLinks - 2L);
        var paths = counted ? Math.Clamp(4 * links * PathsALink / Math.Max(1, pathLinks - 2), ObserverSet.MostPaths, DrawnPaths) : ObserverSet.MostPaths;
        var survey = Survey(graph, ends, pathLinks, mostLinks, (int)paths, random, done => progress?.Invoke(0.2 + (0.6 * done)), cancellation);
        var loads = counted ? survey.Loads : WalkLoads(graph, ends, pathLinks, random, done => progress?.Invoke(0.8 + (0.15 * done)), cancellation);
        var (atLeast, atMost) = survey.Observers.Bounds(graph.NodeCount, cancellation);
        lostBy = survey.LostBy.OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key).Take(MostCritical);
        var report = new AnonymityReport
        {
            PathLinks = pathLinks,
            MostPathLinks = mostLinks,
            Relays = graph.IsRelay.Count(isRelay => isRelay),
            RelayLinks = graph.EdgeCount / 2,
            Ends = ends.Length,
            TotalVariation = mixing.Median(pathLinks - 2),
            TotalVariationWorst = mixing.Worst(pathLinks - 2),
            StartsExamined = mixing.Starts,
            WantedPathLinks = mixing.MedianSteps() is >= 0 and var median ? median + 2 : 0,
            WantedPathLinksWorst = mixing.WorstSteps() is >= 0 and var worst ? worst + 2 : 0,
            RulePathLinks = Rule(graph),
            Pairs = survey.Pairs,
            AllPairs = allPairs,
            EntropyMedianBits = survey.Entropy(0.5),
            EntropyPercentile1Bits = survey.Entropy(0.01),
            ExactPairs = survey.Exact,
            EntropyBiasBits = survey.Bias,
            SimpleShare = survey.SimpleShare,
            LinkLoad = loads.GreatestOverMean(),
            IsLinkLoadCounted = counted,
            ObserversAtLeast = atLeast,
            ObserversAtMost = atMost,
            PairsWithoutPath = survey.WithoutPath,
            PairsOfNearestLength = survey.OfNearestLength,
            PairsWithOnePath = survey.WithOnePath,
            PairsLostWithOneRelay = survey.LostWithOneRelay,
            CriticalRelays = [],
        };
        progress?.Invoke(1);
        return report with { Warnings = AnonymityWarnings.Of(report) };
    }

    private static PairSurvey Survey(
        RelayGraph graph, int[] ends, int pathLinks, int mostLinks, int paths, IRandomSource random, Action<double> progress, CancellationToken cancellation)
    {
        var survey = new PairSurvey(graph, mostLinks, random);
        var senders = SampleOf.Items(ends, MostEnds, random);
        var pairs = Math.Max(1, senders.Length * Math.Min(ends.Length - 1, MostEnds));
        for (var i = 0; i < senders.Length; i++)
        {
            var source = new PathSource(graph, senders[i], pathLinks, mostLinks);
            foreach (var recipient in SampleOf.Items([.. ends.Where(end => end != senders[i])], MostEnds, random))
            {
                cancellation.ThrowIfCancellationRequested();
                survey.Add(source, senders[i], recipient, Math.Max(1, paths / pairs), Math.Max(1, ObserverSet.MostPaths / pairs));
            }

            progress((i + 1.0) / senders.Length);
        }

        return survey;
    }

    private static LinkLoads WalkLoads(
        RelayGraph graph, int[] ends, int pathLinks, IRandomSource random, Action<double> progress, CancellationToken cancellation)
    {
        var loads = new LinkLoads(graph);
        var senders = SampleOf.Items(ends, loads.MostSenders(pathLinks), random);
        for (var i = 0; i < senders.Length; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            loads.AddWalks(senders[i], ends, pathLinks);
            if (i % 16 == 0)
            {
                progress((double)i / senders.Length);
            }
        }

        return loads;
    }

    private static int Rule(RelayGraph graph)
    {
        var relays = graph.IsRelay.Count(isRelay => isRelay);
        var degree = (double)graph.EdgeCount / Math.Max(1, relays);
        return degree > 2 ? (int)Math.Ceiling(Math.Log(relays) / Math.Log(degree - 1)) + 3 + 2 : 0;
    }
}
