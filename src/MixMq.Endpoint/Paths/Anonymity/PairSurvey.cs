using MixMq.Crypto;

namespace MixMq.Endpoint.Paths.Anonymity;

/// <summary>
/// Examines pair after pair: entropy, number and length of paths, what the loss of a relay does; and draws paths for the figures that are
/// taken over all pairs together.
/// </summary>
/// <remarks>
/// Entropy is exact where a short enumeration goes through all paths. Else H = log2 Z − E[log2 W] over the drawing's own odds: Z, the weight of
/// all simple paths, is that of all walks, which the table gives exactly, times the share that is simple, p; p and the mean of log2 W are
/// estimated from M draws. The mean is unbiased; log2 of the share is low by (1 − p) / (2 p M ln 2) on average, to first order. Counting
/// how often each path was drawn would be low by bits.
/// </remarks>
internal sealed class PairSurvey(RelayGraph graph, int mostLinks, IRandomSource random, int enumerationSteps = PairSurvey.EnumerationSteps)
{
    /// <summary>Steps of an enumeration after which the entropy is estimated instead.</summary>
    public const int EnumerationSteps = 4_000;

    private const int FewAttempts = 256;
    private const int ManyAttempts = 4_096;
    private const int FewestSimple = 16;
    private readonly PairReach _reach = new(graph, mostLinks);
    private readonly List<int> _critical = [];
    private readonly List<double> _entropies = [];
    private double _simple;

    public LinkLoads Loads { get; } = new(graph);

    public ObserverSet Observers { get; } = new();

    public Dictionary<int, int> LostBy { get; } = [];

    public int Pairs { get; private set; }

    public int Exact { get; private set; }

    public int WithoutPath { get; private set; }

    public int OfNearestLength { get; private set; }

    public int WithOnePath { get; private set; }

    public int LostWithOneRelay { get; private set; }

    public double Bias { get; private set; }

    public double SimpleShare => _entropies.Count == 0 ? 0 : _simple / _entropies.Count;

    /// <summary>A quantile of the pairs' entropies, from 0 to 1; 0 where no pair has a path.</summary>
    public double Entropy(double quantile)
    {
        _entropies.Sort();
        return _entropies.Count == 0 ? 0 : _entropies[(int)(quantile * (_entropies.Count - 1))];
    }

    /// <summary>Examines a pair.</summary>
    /// <param name="source">The sender's.</param>
    /// <param name="sender">The sender.</param>
    /// <param name="recipient">The recipient.</param>
    /// <param name="paths">Paths to count loads over.</param>
    /// <param name="observed">How many of these may be kept to look for observers.</param>
    public void Add(PathSource source, int sender, int recipient, int paths, int observed)
    {
        Pairs++;
        var exists = _reach.Examine(sender, recipient, _critical);
        LostWithOneRelay += _critical.Count > 0 ? 1 : 0;
        foreach (var relay in _critical)
        {
            LostBy[relay] = LostBy.GetValueOrDefault(relay) + 1;
        }

        if (!exists || source.Draw(recipient, random, out var isNearestLength).IsDefault)
        {
            WithoutPath++;
            return;
        }

        OfNearestLength += isNearestLength ? 1 : 0;
        var plan = source.PlanOf(recipient);
        var limit = plan.EnumeratedWeight > 0 ? PathEnumeration.StepLimit : enumerationSteps;
        if (plan.Enumeration.Sum(plan.Links, plan.IsDistinct, limit) is { } all)
        {
            Exact++;
            WithOnePath += all.Count == 1 ? 1 : 0;
            _entropies.Add(all.EntropyBits);
            _simple += all.Total / plan.Total;
        }
        else
        {
            Estimate(source, plan);
        }

        for (var i = 0; i < paths; i++)
        {
            var path = source.Draw(recipient, random, out _);
            Loads.Count(path.AsSpan());
            if (i < observed)
            {
                Observers.Add(path.AsSpan());
            }
        }
    }

    private void Estimate(PathSource source, PathPlan plan)
    {
        var (attempts, simple, logs) = (0, 0, 0.0);
        while (attempts < FewAttempts || (simple < FewestSimple && attempts < ManyAttempts))
        {
            attempts++;
            var walk = source.TryWalk(plan, random);
            if (!walk.IsEmpty)
            {
                simple++;
                logs += LogWeight(walk);
            }
        }

        var share = (double)Math.Max(1, simple) / attempts;
        _entropies.Add(Math.Max(0, Math.Log2(plan.Total * share) - (logs / Math.Max(1, simple))));
        _simple += share;
        Bias = Math.Max(Bias, (1 - share) / (2 * share * attempts * Math.Log(2)));
    }

    private double LogWeight(ReadOnlySpan<int> path)
    {
        var weight = 1.0;
        for (var i = 1; i < path.Length - 1; i++)
        {
            weight *= graph.Weight[graph.Find(path[i - 1], path[i])];
        }

        return Math.Log2(weight);
    }
}
