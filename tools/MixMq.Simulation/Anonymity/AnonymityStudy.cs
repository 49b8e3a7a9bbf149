using System.Security.Cryptography;
using System.Text;

namespace MixMq.Simulation.Anonymity;

/// <summary>Single mixes, the network and its paths, each held against what theory says.</summary>
public static class AnonymityStudy
{
    /// <summary>Standard errors by which a mean may miss: by chance once in about 10,000 runs (Student, 19 degrees of freedom).</summary>
    private const double ErrorsAllowed = 5;

    private const double SingleMixTolerance = 0.05;
    private const double CeilingTolerance = 0.05;
    private const double ConstantTolerance = 0.005;
    private const double PathTolerance = 0.25;
    private const double EfficiencyGoal = 0.85;
    private const double PathEntropyGoal = 8;
    private const double GreatestSenderGoal = 0.1;
    private const int LargeNetwork = 100;
    private const double LostGoal = 1e-6;

    // Expected: what an exact reckoning of the mean posterior at a departure comes to. log2(e·λ/µ) is its limit, 3.03 at λ/µ = 3.
    private static readonly (double Occupancy, double Expected, int DurationDelays, int Targets)[] Singles =
    [
        (3, 3.00, 13_000, 20_000),
        (10, 4.76, 3000, 15_000),
        (100, 8.09, 400, 3000),
        (1000, 11.41, 120, 500),
    ];

    // The constants of the ceiling as the design states them.
    private static readonly (int Mixes, double Expected)[] Constants = [(1, 1.44), (3, 2.67), (4, 2.92), (5, 3.11), (6, 3.26), (8, 3.49)];

    /// <param name="options">Valid ones.</param>
    /// <param name="progress">Told what comes next.</param>
    public static AnonymityReport Run(AnonymityOptions options, Action<string>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Validate() is { Count: > 0 } errors)
        {
            throw new ArgumentException(string.Join(' ', errors), nameof(options));
        }

        var singles = new List<SingleMixResult>();
        foreach (var (occupancy, _, duration, targets) in Singles)
        {
            progress?.Invoke(FormattableString.Invariant($"a single mix that holds {occupancy} packets in the mean"));
            singles.Add(SingleMixStudy.Run(occupancy, duration, targets, options.DelayMs, options.Seed));
        }

        SeededRandomSource Stream(string use) => new(FormattableString.Invariant($"anonymity|{options.Seed}|{use}"));
        progress?.Invoke(FormattableString.Invariant($"keys and records of {options.Nodes} nodes"));
        var network = MixNetwork.Regular(options.Nodes, options.Degree, options.Links, Stream("graph"));
        progress?.Invoke("paths between pairs of nodes");
        var paths = PathStudy.Run(network, Stream("paths"));
        progress?.Invoke(FormattableString.Invariant($"{options.Senders} senders over the network, and {options.Targets} of their packets traced"));
        var figures = NetworkStudy.Run(network, options);
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat([.. singles.Select(single => single.Hash), figures.Hash])));
        return new(options, singles, figures, paths, [.. Checks(options, singles, figures, paths)], Convert.ToHexStringLower(hash));
    }

    private static IEnumerable<Check> Checks(
        AnonymityOptions options, List<SingleMixResult> singles, NetworkFigures network, PathFigures paths)
    {
        foreach (var (single, expected) in singles.Zip(Singles.Select(planned => planned.Expected)))
        {
            var name = FormattableString.Invariant($"one mix, λ/µ = {single.Occupancy}");
            yield return Check.Near($"{name}: entropy, bits", single.Entropy.Mean, expected, SingleMixTolerance);
            yield return Check.Near(
                $"{name}: surprise less entropy", single.Excess.Mean, 0, ErrorsAllowed * single.Excess.StandardError);
            yield return Check.Fit($"{name}: occupancy is Poisson, p", single.OccupancyFit);
            yield return Check.Fit($"{name}: delay is exponential, p", single.DelayFit);
            yield return Check.Fit($"{name}: any packet inside leaves next, p", single.InterchangeFit);
        }

        foreach (var (mixes, expected) in Constants)
        {
            yield return Check.Near($"ceiling's constant c_{mixes}, bits", ClosedForms.ErlangEntropy(mixes), expected, ConstantTolerance);
        }

        var inPath = options.Links - 1;
        yield return Check.Fit($"network: delay is Erlang({inPath}, D), p", network.DelayFit);
        yield return Check.Fit("network: relays' occupancy is Poisson, p", network.OccupancyFit);
        yield return Check.Fit("network: any packet inside leaves next, p", network.InterchangeFit);
        yield return Check.Near("network: entropy if it were one perfect mix", network.PerfectMix.Mean, network.Ceiling, CeilingTolerance);
        yield return Check.Goal(
            "network: greatest probability left unaccounted",
            Math.Max(network.OfTimes.MostUnresolved, network.OfTimesAndPlaces.MostUnresolved),
            LostGoal,
            Relation.AtMost);
        yield return Check.Goal("network: mixing efficiency", network.Efficiency, EfficiencyGoal, Relation.AtLeast);
        if (options.Senders >= LargeNetwork)
        {
            yield return Check.Goal(
                "network: likeliest sender, 99th percentile", network.OfTimesAndPlaces.GreatestSender.LastPercentile, GreatestSenderGoal, Relation.AtMost);
        }

        foreach (var check in PathChecks(options, paths))
        {
            yield return check;
        }
    }

    private static IEnumerable<Check> PathChecks(AnonymityOptions options, PathFigures paths)
    {
        if (paths.SamplerFit is { } fit)
        {
            yield return Check.Fit("paths: the sampler keeps to their odds, p", fit);
        }

        if (paths.Entropy is { } entropy && options.Nodes >= LargeNetwork)
        {
            // Walks that repeat a node don't count; what is left is 92% at N = 100, d = 8, L = 6.
            var expected = ClosedForms.Paths(options.Nodes, options.Degree, options.Links) + Math.Log2(paths.SimpleShare);
            yield return Check.Near("paths: entropy, bits", entropy.Mean, expected, PathTolerance);
            yield return Check.Goal("paths: entropy, 1st percentile", entropy.FirstPercentile, PathEntropyGoal, Relation.AtLeast);
        }
    }
}
