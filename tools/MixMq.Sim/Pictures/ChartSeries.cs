namespace MixMq.Sim.Pictures;

/// <summary>A named series of points of a <see cref="Chart"/>, by ascending x.</summary>
public sealed record ChartSeries(string Name, ChartStyle Style, IReadOnlyList<(double X, double Y)> Points)
{
    /// <summary>The shares of a sample in classes of equal width, per unit of x, so that a density fits over it.</summary>
    public static ChartSeries Histogram(string name, IReadOnlyCollection<double> sample, double from, double to, int classes)
    {
        ArgumentNullException.ThrowIfNull(sample);
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 1);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(to, from);
        var width = (to - from) / classes;
        var counts = new int[classes];
        foreach (var value in sample)
        {
            var place = (int)Math.Floor((value - from) / width);
            if (place >= 0 && place < classes)
            {
                counts[place]++;
            }
        }

        // The last point closes the last class.
        var points = counts.Select((count, place) => (from + (place * width), count / (width * Math.Max(1, sample.Count)))).ToList();
        points.Add((to, 0));
        return new(name, ChartStyle.Bars, points);
    }

    /// <summary>The share of a sample at or below each of its values.</summary>
    public static ChartSeries Cumulative(string name, IEnumerable<double> sample)
    {
        var sorted = sample.Order().ToArray();
        return new(name, ChartStyle.Steps, [.. sorted.Select((value, index) => (value, (index + 1.0) / sorted.Length))]);
    }
}
