using System.Runtime.InteropServices;

namespace MixMq.Simulation.Anonymity;

/// <summary>Figures of a series in order of time. The half width is of a 95% confidence interval of the mean, from the means of batches.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct Summary(double Mean, double HalfWidth, double Median, double FirstPercentile, double LastPercentile)
{
    /// <summary>Neighbours in time depend on each other, batches hardly.</summary>
    public const int Batches = 20;

    // Student's distribution with 19 degrees of freedom at 97.5%.
    private const double Student = 2.093;

    public double StandardError => HalfWidth / Student;

    public static Summary Of(IReadOnlyList<double> series)
    {
        ArgumentNullException.ThrowIfNull(series);
        ArgumentOutOfRangeException.ThrowIfLessThan(series.Count, Batches, nameof(series));
        var mean = series.Average();
        var squares = 0.0;
        for (var batch = 0; batch < Batches; batch++)
        {
            var (first, end) = (batch * series.Count / Batches, (batch + 1) * series.Count / Batches);
            var away = series.Skip(first).Take(end - first).Average() - mean;
            squares += away * away;
        }

        var sorted = series.Order().ToArray();
        var half = Student * Math.Sqrt(squares / (Batches - 1) / Batches);
        return new(mean, half, At(sorted, 0.5), At(sorted, 0.01), At(sorted, 0.99));
    }

    private static double At(double[] sorted, double share) => sorted[Math.Clamp((int)Math.Ceiling(share * sorted.Length) - 1, 0, sorted.Length - 1)];
}
