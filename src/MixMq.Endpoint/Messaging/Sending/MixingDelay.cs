namespace MixMq.Endpoint.Messaging.Sending;

/// <summary>How long the relays of a path hold a packet: a sum of independent exponential delays (Erlang).</summary>
internal static class MixingDelay
{
    private const double Tail = 0.001;

    /// <summary>The 99.9th percentile of the sum of <paramref name="count"/> exponential delays of mean 1; 14.8 for five.</summary>
    public static double Percentile(int count)
    {
        if (count <= 0)
        {
            return 0;
        }

        double low = 0;
        double high = (4.0 * count) + 40;
        for (var i = 0; i < 60; i++)
        {
            var middle = (low + high) / 2;
            if (TailAt(count, middle) > Tail)
            {
                low = middle;
            }
            else
            {
                high = middle;
            }
        }

        return high;
    }

    // P(sum > x) = e^−x · Σ_{i<count} x^i / i!
    private static double TailAt(int count, double x)
    {
        double term = 1;
        double sum = 1;
        for (var i = 1; i < count; i++)
        {
            term *= x / i;
            sum += term;
        }

        return sum * Math.Exp(-x);
    }
}
