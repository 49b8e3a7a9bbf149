namespace MixMq.Cli.Local;

/// <summary>Percentiles by the nearest rank: a value that was measured, never one in between.</summary>
internal static class Percentile
{
    /// <summary>The least value that at least <paramref name="percent"/> percent of all are not above; 0 without values.</summary>
    public static double Of(IEnumerable<double> values, double percent)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length == 0 ? 0 : sorted[Math.Clamp((int)Math.Ceiling(percent / 100 * sorted.Length) - 1, 0, sorted.Length - 1)];
    }
}
