namespace MixMq.Sim.Pictures;

/// <summary>Round values along an axis.</summary>
internal static class AxisTicks
{
    /// <summary>1, 2 or 5 times a power of ten apart, about as many as asked for, from below the lowest value to above the highest.</summary>
    public static double[] Between(double low, double high, int about)
    {
        if (high <= low)
        {
            high = low + 1;
        }

        var rough = (high - low) / about;
        var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        var step = power * ((rough / power) switch
        {
            <= 1 => 1,
            <= 2 => 2,
            <= 5 => 5,
            _ => 10,
        });
        var (first, last) = ((long)Math.Floor((low / step) + 1e-9), (long)Math.Ceiling((high / step) - 1e-9));
        return [.. Enumerable.Range(0, (int)(last - first) + 1).Select(i => Math.Round((first + i) * step, 12))];
    }
}
