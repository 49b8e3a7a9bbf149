using MixMq.Overlay;

namespace MixMq.Endpoint.Loops;

/// <summary>Counts the loops of one kind, and keeps the round trips of the last ones.</summary>
internal sealed class LoopMeter
{
    private readonly (long Trip, long Drawn)[] _samples = new (long, long)[LoopLimits.Samples];
    private int _next;

    public long Sent { get; private set; }

    public long Returned { get; private set; }

    public long Lost { get; private set; }

    public long Late { get; private set; }

    public long Dropped { get; private set; }

    public void OnSent() => Sent++;

    public void OnDropped() => Dropped++;

    public void OnLost() => Lost++;

    public void OnLate() => Late++;

    /// <summary>One is back: after so long, of which so much was drawn for its path, microseconds.</summary>
    public void OnReturned(long tripMicros, long drawnMicros)
    {
        Returned++;
        _samples[_next++ % LoopLimits.Samples] = (tripMicros, drawnMicros);
        _next = _next == 2 * LoopLimits.Samples ? LoopLimits.Samples : _next;
    }

    /// <param name="underWay">Those that are.</param>
    public LoopFigures Figures(int underWay)
    {
        var count = Math.Min(_next, LoopLimits.Samples);
        var figures = new LoopFigures
        {
            Sent = Sent,
            Returned = Returned,
            Lost = Lost,
            Late = Late,
            Dropped = Dropped,
            UnderWay = underWay,
            Measured = count,
        };
        if (count == 0)
        {
            return figures;
        }

        var samples = _samples.AsSpan(0, count);
        Span<long> trips = stackalloc long[LoopLimits.Samples];
        trips = trips[..count];
        double excess = 0;
        double sum = 0;
        for (var i = 0; i < count; i++)
        {
            trips[i] = samples[i].Trip;
            sum += samples[i].Trip;
            excess += samples[i].Trip - samples[i].Drawn;
        }

        trips.Sort();
        return figures with
        {
            MeanMs = sum / count / Moment.MicrosPerMilli,
            MedianMs = At(trips, 50),
            Percentile99Ms = At(trips, 99),
            ExcessMs = excess / count / Moment.MicrosPerMilli,
        };
    }

    // The smallest value that at least so many of a hundred don't exceed.
    private static double At(ReadOnlySpan<long> sorted, int percent) =>
        sorted[Math.Max(0, ((percent * sorted.Length) + 99) / 100 - 1)] / (double)Moment.MicrosPerMilli;
}
