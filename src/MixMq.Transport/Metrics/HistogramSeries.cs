using System.Globalization;
using System.Text;

namespace MixMq.Transport.Metrics;

/// <summary>A distribution in a fixed number of buckets. Recording takes no memory. Thread-safe.</summary>
internal sealed class HistogramSeries
{
    private readonly Lock _lock = new();
    private readonly double[] _bounds;
    private readonly long[] _counts;
    private double _sum;

    /// <param name="bounds">Upper bounds, ascending; what is above the last has a bucket of its own.</param>
    internal HistogramSeries(IReadOnlyList<double> bounds)
    {
        _bounds = [.. bounds];
        _counts = new long[_bounds.Length + 1];
    }

    internal void Record(double value)
    {
        var at = 0;
        while (at < _bounds.Length && value > _bounds[at])
        {
            at++;
        }

        lock (_lock)
        {
            _counts[at]++;
            _sum += value;
        }
    }

    internal void Append(StringBuilder text, string name)
    {
        lock (_lock)
        {
            long total = 0;
            for (var i = 0; i < _counts.Length; i++)
            {
                total += _counts[i];
                var bound = i < _bounds.Length ? _bounds[i].ToString("R", CultureInfo.InvariantCulture) : "+Inf";
                text.Append(CultureInfo.InvariantCulture, $"{name}_bucket{{le=\"{bound}\"}} {total}\n");
            }

            text.Append(CultureInfo.InvariantCulture, $"{name}_sum {_sum:R}\n{name}_count {total}\n");
        }
    }
}
