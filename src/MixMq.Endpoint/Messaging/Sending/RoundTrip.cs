namespace MixMq.Endpoint.Messaging.Sending;

/// <summary>
/// The measured round trip to one recipient and the timeout that follows from it: RFC 6298 with Karn's rule, never below the percentile that
/// the mixing delays alone demand (spec/07 §9). Milliseconds.
/// </summary>
internal sealed class RoundTrip(double first, double floor)
{
    // Delays differ much from packet to packet, and one acknowledgement brings many samples: small gains.
    private const double MeanGain = 1.0 / 32;
    private const double DeviationGain = 1.0 / 16;
    private double _deviation;

    /// <summary>The smoothed round trip; 0 before the first sample.</summary>
    public double Smoothed { get; private set; }

    /// <summary>What no timeout is below, jitter included.</summary>
    public double Floor { get; } = floor;

    /// <summary>The timeout of a fragment's first sending, before back-off and jitter.</summary>
    public double Timeout => Smoothed > 0 ? Math.Max(Floor, Smoothed + (4 * _deviation)) : first;

    /// <summary>A fragment that was sent once was acknowledged after this long.</summary>
    public void Sample(double millis)
    {
        if (Smoothed > 0)
        {
            _deviation += DeviationGain * (Math.Abs(millis - Smoothed) - _deviation);
            Smoothed += MeanGain * (millis - Smoothed);
        }
        else
        {
            Smoothed = Math.Max(millis, 0.001);
            _deviation = millis / 2;
        }
    }
}
