namespace MixMq.Simulation.Anonymity;

/// <summary>Tests of samples against a distribution that is fully given. Each returns the probability of a fit as bad by chance.</summary>
public static class GoodnessOfFit
{
    private const double LeastExpected = 5;

    /// <summary>Kolmogorov and Smirnov's test; conservative for a discrete distribution.</summary>
    /// <param name="sample">In any order.</param>
    /// <param name="below">The distribution function.</param>
    /// <param name="allowed">How far apart the two may be for a known reason.</param>
    public static double KolmogorovSmirnov(IEnumerable<double> sample, Func<double, double> below, double allowed = 0)
    {
        var sorted = sample.Order().ToArray();
        ArgumentOutOfRangeException.ThrowIfZero(sorted.Length, nameof(sample));
        var distance = 0.0;
        for (var i = 0; i < sorted.Length; i++)
        {
            var value = below(sorted[i]);
            distance = Math.Max(distance, Math.Max(((i + 1.0) / sorted.Length) - value, value - ((double)i / sorted.Length)));
        }

        return FromDistance(Math.Max(0, distance - allowed), sorted.Length);
    }

    /// <summary>
    /// The same for values that lie on whole numbers because a continuous one was rounded to the nearest: the two functions are compared
    /// halfway between neighbours, where rounding moves nothing.
    /// </summary>
    public static double KolmogorovSmirnovOfRounded(IEnumerable<long> sample, Func<double, double> below)
    {
        var sorted = sample.Order().ToArray();
        ArgumentOutOfRangeException.ThrowIfZero(sorted.Length, nameof(sample));
        var distance = below(sorted[0] - 0.5);
        for (var i = 0; i < sorted.Length; i++)
        {
            if (i + 1 == sorted.Length || sorted[i + 1] != sorted[i])
            {
                var share = (i + 1.0) / sorted.Length;
                distance = Math.Max(distance, Math.Abs(share - below(sorted[i] + 0.5)));
                if (i + 1 < sorted.Length)
                {
                    distance = Math.Max(distance, Math.Abs(share - below(sorted[i + 1] - 0.5)));
                }
            }
        }

        return FromDistance(distance, sorted.Length);
    }

    /// <summary>Pearson's chi-square test. Neighbouring classes are put together until each is expected at least five times.</summary>
    /// <param name="observed">How often each class was seen.</param>
    /// <param name="odds">The probability of each class; together 1.</param>
    public static double ChiSquare(ReadOnlySpan<long> observed, ReadOnlySpan<double> odds)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(observed.Length, odds.Length, nameof(odds));
        var total = 0L;
        foreach (var count in observed)
        {
            total += count;
        }

        var classes = new List<(double Seen, double Expected)>();
        var (seen, expected) = (0.0, 0.0);
        for (var i = 0; i < odds.Length; i++)
        {
            seen += observed[i];
            expected += total * odds[i];
            if (expected >= LeastExpected)
            {
                classes.Add((seen, expected));
                (seen, expected) = (0, 0);
            }
        }

        if (classes.Count == 0)
        {
            throw new ArgumentException("There are too few observations for a single class.", nameof(observed));
        }

        classes[^1] = (classes[^1].Seen + seen, classes[^1].Expected + expected);
        var statistic = classes.Sum(part => (part.Seen - part.Expected) * (part.Seen - part.Expected) / part.Expected);
        return classes.Count == 1 ? 1 : 1 - SpecialFunctions.GammaBelow((classes.Count - 1) / 2.0, statistic / 2);
    }

    /// <summary>
    /// Where a Poisson count lies in its distribution, as a number that is uniform in [0, 1) if the mean is right: the jump at the count is
    /// spread by a uniform draw.
    /// </summary>
    public static double PoissonPosition(int count, double mean, double uniform)
    {
        var below = count == 0 ? 0 : 1 - SpecialFunctions.GammaBelow(count, mean);
        return below + (uniform * (1 - SpecialFunctions.GammaBelow(count + 1, mean) - below));
    }

    private static double FromDistance(double distance, int count)
    {
        var root = Math.Sqrt(count);
        return SpecialFunctions.KolmogorovAbove((root + 0.12 + (0.11 / root)) * distance);
    }
}
