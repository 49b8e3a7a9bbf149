using MixMq.Crypto;
using MixMq.Endpoint.Paths;
using MixMq.Endpoint.Paths.Anonymity;
using MixMq.Simulation;

namespace MixMq.Endpoint.Tests.Paths.Anonymity;

public sealed class AnonymityAnalysisTests
{
    [Fact]
    public void On_small_random_graphs_all_figures_over_pairs_are_those_of_brute_force()
    {
        for (var seed = 0; seed < 40; seed++)
        {
            var random = new SeededRandomSource($"small {seed}");
            var (graph, ends) = Small(random, relays: 4 + random.NextInt32(5), ends: 2 + random.NextInt32(4));
            var pathLinks = 3 + random.NextInt32(3);
            var report = AnonymityAnalysis.Run(graph, ends, pathLinks, 6, random, null, CancellationToken.None, out var lostBy);
            var (without, nearest, single, lost, entropies) = (0, 0, 0, 0, new List<double>());
            var lostByRelay = new Dictionary<int, int>();
            foreach (var (from, to) in ends.SelectMany(from => ends.Where(to => to != from).Select(to => (from, to))))
            {
                if (!BruteForce.HasPath(graph, from, to, 6))
                {
                    without++;
                    continue;
                }

                int[] cuts = [.. Enumerable.Range(0, graph.NodeCount).Where(relay => relay != from && relay != to && !BruteForce.HasPath(graph, from, to, 6, relay))];
                lost += cuts.Length > 0 ? 1 : 0;
                foreach (var relay in cuts)
                {
                    lostByRelay[relay] = lostByRelay.GetValueOrDefault(relay) + 1;
                }

                var links = Enumerable.Range(2, 5).Where(links => BruteForce.Paths(graph, from, to, links).Count > 0)
                    .OrderBy(links => Math.Abs(links - pathLinks)).ThenByDescending(links => links).First();
                var paths = BruteForce.Paths(graph, from, to, links);
                var total = paths.Sum(path => path.Weight);
                nearest += links != pathLinks ? 1 : 0;
                single += paths.Count == 1 ? 1 : 0;
                entropies.Add(-paths.Sum(path => path.Weight / total * Math.Log2(path.Weight / total)));
            }

            entropies.Sort();
            Assert.Equal((without, nearest, single, lost), (report.PairsWithoutPath, report.PairsOfNearestLength, report.PairsWithOnePath, report.PairsLostWithOneRelay));
            Assert.Equal(lostByRelay.OrderBy(pair => pair.Key), lostBy.OrderBy(pair => pair.Key));
            Assert.Equal(entropies.Count, report.ExactPairs);
            Assert.Equal(entropies.Count == 0 ? 0 : entropies[(entropies.Count - 1) / 2], report.EntropyMedianBits, 9);
            Assert.Equal(report.Warnings.Any(warning => warning.Kind == "no-path"), without > 0);
            Assert.Equal(report.Warnings.Any(warning => warning.Kind == "one-relay"), lost > 0);
            Assert.Equal(report.Warnings.Any(warning => warning.Kind == "one-path"), single > 0);
        }
    }

    [Fact]
    public void The_load_of_walks_is_that_of_all_walks_gone_through_and_that_of_paths_is_that_of_all_paths()
    {
        for (var seed = 0; seed < 10; seed++)
        {
            var random = new SeededRandomSource($"loads {seed}");
            var (graph, ends) = Small(random, relays: 7, ends: 3);
            int[] all = [.. ends, 0, 1];
            var loads = new LinkLoads(graph);
            foreach (var sender in all)
            {
                loads.AddWalks(sender, all, pathLinks: 5);
            }

            Assert.Equal(Expected(graph, all, BruteForce.Walks), loads.GreatestOverMean(), 9);
            var report = AnonymityAnalysis.Run(graph, all, 5, 5, random, null, CancellationToken.None, out _);
            if (report.PairsOfNearestLength == 0)
            {
                Assert.True(report.IsLinkLoadCounted);
                var expected = Expected(graph, all, BruteForce.Paths);
                Assert.InRange(report.LinkLoad, 0.97 * expected, 1.03 * expected);
            }
        }
    }

    [Fact]
    public void The_estimate_of_entropy_agrees_with_the_exact_figure()
    {
        var random = new SeededRandomSource("estimate");
        var graph = Graphs.Of(60, Graphs.RegularLinks(60, 6, random).Concat(Graphs.RegularLinks(60, 2, random)));
        var exact = new PairSurvey(graph, 9, random, enumerationSteps: 100_000);
        var estimated = new PairSurvey(graph, 9, random, enumerationSteps: 0);
        for (var pair = 0; pair < 30; pair++)
        {
            exact.Add(new PathSource(graph, pair, 6, 9), pair, pair + 30, 0, 0);
            estimated.Add(new PathSource(graph, pair, 6, 9), pair, pair + 30, 0, 0);
        }

        Assert.Equal((30, 0), (exact.Exact, estimated.Exact));
        Assert.InRange(estimated.Bias, 1e-6, 0.005);
        Assert.InRange(estimated.Entropy(0.5) - exact.Entropy(0.5), -0.06, 0.06);
        Assert.InRange(estimated.Entropy(0) - exact.Entropy(0), -0.2, 0.2);
        Assert.InRange(estimated.SimpleShare - exact.SimpleShare, -0.02, 0.02);
    }

    [Fact]
    public void Few_observers_are_found_exactly()
    {
        for (var seed = 0; seed < 30; seed++)
        {
            var random = new SeededRandomSource($"observers {seed}");
            var set = new ObserverSet();
            int[][] paths = [.. Enumerable.Range(0, 40).Select(_ => Enumerable.Range(0, 3).Select(_ => random.NextInt32(12)).ToArray())];
            foreach (var path in paths)
            {
                set.Add([.. path, 12]);
            }

            var smallest = Enumerable.Range(1, (1 << 12) - 1).Where(relays => paths.Count(path => path.Any(relay => (relays >> relay & 1) != 0)) >= 20)
                .Min(relays => System.Numerics.BitOperations.PopCount((uint)relays));
            Assert.Equal((smallest, smallest), set.Bounds(13, CancellationToken.None));
        }
    }

    [Fact]
    public void Too_few_links_are_said_with_the_number_that_would_be_enough()
    {
        var random = new SeededRandomSource("few");
        var graph = Graphs.Regular(100, 4, random);
        int[] ends = [.. Enumerable.Range(0, 40)];
        var few = AnonymityAnalysis.Run(graph, ends, 5, 9, random, null, CancellationToken.None, out _);
        Assert.False(few.IsPathLinksEnough);
        Assert.Equal((9, 10), (few.WantedPathLinks, few.RulePathLinks));
        Assert.Contains("5 links are too few for this graph: an observer who knows the first relay", Length(few), StringComparison.Ordinal);
        Assert.Contains("9 would be enough: agree on network:pathLinks 9", Length(few), StringComparison.Ordinal);
        Assert.Contains(few.Warnings, warning => warning.Kind == "path-entropy");
        var enough = AnonymityAnalysis.Run(graph, ends, 9, 9, random, null, CancellationToken.None, out _);
        Assert.True(enough.IsPathLinksEnough);
        Assert.DoesNotContain(enough.Warnings, warning => warning.Kind == "path-links");
        var slots = AnonymityAnalysis.Run(graph, ends, 5, 7, random, null, CancellationToken.None, out _);
        Assert.Contains("the packets' slots allow 7", Length(slots), StringComparison.Ordinal);
        Assert.Contains("network:hops of 10", Length(slots), StringComparison.Ordinal);

        static string Length(AnonymityReport report) => Assert.Single(report.Warnings, warning => warning.Kind == "path-links").Text;
    }

    [Fact]
    public void Where_no_length_is_enough_it_is_said()
    {
        // Two sides: each link leads from one to the other, so a walk's end tells the side it began on, however long it is.
        var links = Enumerable.Range(0, 20).SelectMany(a => Enumerable.Range(20, 20).Where(b => (a + b) % 4 != 0).Select(b => (a, b)));
        var report = AnonymityAnalysis.Run(Graphs.Of(40, links), [0, 1, 20, 21], 6, 9, new SeededRandomSource(1), null, CancellationToken.None, out _);
        Assert.Equal((0, 0), (report.WantedPathLinks, report.WantedPathLinksWorst));
        Assert.Equal(0.5, report.TotalVariation, 2);
        Assert.Contains(report.Warnings, warning => warning.Kind == "path-links" && warning.Text.Contains("No length would be enough", StringComparison.Ordinal));
    }

    [Fact]
    public void A_relay_that_all_depend_on_is_found()
    {
        // Two cliques of five, joined by relay 10 alone.
        var cliques = Enumerable.Range(0, 5).SelectMany(a => Enumerable.Range(a + 1, 4 - a).SelectMany(b => ((int, int)[])[(a, b), (a + 5, b + 5)]));
        var links = cliques.Concat([(0, 10), (1, 10), (5, 10), (6, 10), (2, 11), (3, 11), (7, 12), (8, 12)]);
        var report = AnonymityAnalysis.Run(Graphs.Of(13, links, relays: 11), [11, 12], 6, 9, new SeededRandomSource(1), null, CancellationToken.None, out var lostBy);
        Assert.Equal([new KeyValuePair<int, int>(10, 2)], lostBy);
        Assert.Equal((2, 2, 0), (report.Pairs, report.PairsLostWithOneRelay, report.PairsWithoutPath));
        Assert.Equal((1, 1), (report.ObserversAtLeast, report.ObserversAtMost));
        Assert.Contains(report.Warnings, warning => warning.Kind == "observers" && warning.Text.StartsWith("A single relay sees half of all paths", StringComparison.Ordinal));
    }

    [Fact]
    public void A_thousand_relays_are_analysed_the_same_way_from_one_seed_and_it_can_be_ended()
    {
        var graph = Graphs.Regular(1_000, 8, new SeededRandomSource("thousand"));
        int[] ends = [.. Enumerable.Range(0, 1_000)];
        var progress = new List<double>();
        var report = AnonymityAnalysis.Run(graph, ends, 7, 9, new SeededRandomSource(1), progress.Add, CancellationToken.None, out _);
        Assert.Equal((7, 9, 4_096), (report.WantedPathLinks, report.RulePathLinks, report.Pairs));
        Assert.InRange(report.EntropyPercentile1Bits, 8, 11);
        Assert.InRange(report.LinkLoad, 1, AnonymityGoals.LinkLoad);
        Assert.InRange(report.ObserversAtMost, report.ObserversAtLeast, 140);
        Assert.All(report.Warnings, warning => Assert.Equal("path-links-for-some", warning.Kind));
        Assert.Equal(progress.Order(), progress);
        Assert.Equal(1, progress[^1]);
        using var ended = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => AnonymityAnalysis.Run(
            graph, ends, 7, 9, new SeededRandomSource(1), done => { if (done > 0.3) ended.Cancel(); }, ended.Token, out _));
    }

    [Fact]
    public void One_seed_gives_one_report_of_a_view_with_addresses_and_nothing_is_said_of_an_empty_one()
    {
        var test = TestGraph.Demo();
        AnonymityReport Report() => AnonymityAnalysis.Run(test.View, test.Network, TestGraph.Epoch, new SeededRandomSource(5), null, CancellationToken.None);
        var report = Report();
        Assert.Equal(report.CriticalRelays.AsEnumerable(), Report().CriticalRelays.AsEnumerable());
        Assert.Equal(report.Warnings.AsEnumerable(), Report().Warnings.AsEnumerable());
        Assert.Equal((6, 15, 3, 6), (report.Relays, report.RelayLinks, report.Ends, report.Pairs));

        // B and C have a single float each, A has two: only between A and itself would nothing be lost.
        Assert.Equal(6, report.PairsLostWithOneRelay);
        Assert.Equal([test["b1"], test["c1"]], report.CriticalRelays.Select(loss => loss.Relay).OrderBy(address => address == test["c1"]));
        Assert.All(report.CriticalRelays, loss => Assert.Equal(4, loss.Pairs));
        var none = AnonymityAnalysis.Run(test.View, test.Network, TestGraph.Epoch + 1, new SeededRandomSource(5), null, CancellationToken.None);
        Assert.Equal("no-network", Assert.Single(none.Warnings).Kind);
    }

    // Relays with random links, and ends with one to three of them.
    private static (RelayGraph Graph, int[] Ends) Small(IRandomSource random, int relays, int ends)
    {
        var links = new List<(int, int)>();
        for (var a = 0; a < relays; a++)
        {
            for (var b = a + 1; b < relays; b++)
            {
                if (random.NextInt32(10) < 5)
                {
                    links.Add((a, b));
                }
            }
        }

        for (var end = relays; end < relays + ends; end++)
        {
            for (var i = 0; i <= random.NextInt32(3); i++)
            {
                links.Add((random.NextInt32(relays), end));
            }
        }

        return (Graphs.Of(relays + ends, links, relays), [.. Enumerable.Range(relays, ends)]);
    }

    private delegate List<(int[] Nodes, double Weight)> Listing(RelayGraph graph, int from, int to, int links, int without = -1);

    private static double Expected(RelayGraph graph, int[] ends, Listing list)
    {
        var loads = new Dictionary<(int, int), double>();
        foreach (var (from, to) in ends.SelectMany(from => ends.Where(to => to != from).Select(to => (from, to))))
        {
            var all = list(graph, from, to, 5);
            var total = all.Sum(path => path.Weight);
            foreach (var (nodes, weight) in all)
            {
                for (var i = 1; i < nodes.Length - 1; i++)
                {
                    var link = (Math.Min(nodes[i - 1], nodes[i]), Math.Max(nodes[i - 1], nodes[i]));
                    loads[link] = loads.GetValueOrDefault(link) + (weight / total);
                }
            }
        }

        return loads.Values.Max() / (loads.Values.Sum() / (graph.EdgeCount / 2));
    }
}
