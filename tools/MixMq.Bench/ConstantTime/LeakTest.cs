namespace MixMq.Bench.ConstantTime;

/// <summary>
/// Whether two classes of measurements differ, after Reparaz, Balasch, Verbauwhede, "Dude, is my code constant time?" (2017): Welch's t-test over all
/// measurements, over those below each of a hundred percentiles (the tail is the machine's noise, and where it is cut decides how small a
/// leak is seen), and over squared distances from the mean, in which a leak shows that changes the spread alone.
/// </summary>
internal sealed class LeakTest
{
    /// <summary>From here on the paper's authors call it a probable leak. With a hundred tests over one another's data, 4.5 is often passed by chance.</summary>
    public const double Threshold = 10;

    private const int Percentiles = 100;
    private readonly WelchTest _all = new();
    private readonly WelchTest _spread = new();
    private readonly WelchTest[] _cropped = [.. Enumerable.Range(0, Percentiles).Select(_ => new WelchTest())];
    private readonly int _least;

    /// <summary>Tests measurements.</summary>
    /// <param name="classes">0 or 1, one for each.</param>
    /// <param name="times">What was measured.</param>
    public LeakTest(ReadOnlySpan<byte> classes, ReadOnlySpan<double> times)
    {
        _least = times.Length / 10;
        var sorted = times.ToArray();
        Array.Sort(sorted);
        var mean = sorted.Average();
        var limits = new double[Percentiles];
        for (var i = 0; i < Percentiles; i++)
        {
            // As in the paper's program: close together at the top, where the noise is.
            limits[i] = sorted[Math.Min(sorted.Length - 1, (int)((1 - Math.Pow(0.5, 10.0 * (i + 1) / Percentiles)) * sorted.Length))];
        }

        for (var i = 0; i < times.Length; i++)
        {
            _all.Add(classes[i], times[i]);
            _spread.Add(classes[i], (times[i] - mean) * (times[i] - mean));
            for (var j = 0; j < Percentiles; j++)
            {
                if (times[i] < limits[j])
                {
                    _cropped[j].Add(classes[i], times[i]);
                }
            }
        }
    }

    /// <summary>The statistic that is furthest from 0, of those over at least a tenth of the measurements.</summary>
    public double WorstT => Worst.T;

    /// <summary>The difference of the classes' means in the test that is worst; not a time where that is the one of the spread.</summary>
    public double Difference => Worst.Difference;

    /// <summary>Whether the classes differ.</summary>
    public bool Leaks => Math.Abs(WorstT) > Threshold;

    private WelchTest Worst => _cropped.Append(_all).Append(_spread).Where(test => test.Count >= _least).MaxBy(test => Math.Abs(test.T))!;
}
