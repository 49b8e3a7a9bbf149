using System.Diagnostics;

namespace MixMq.Bench;

/// <summary>Times of one thing: the median of rounds, each a mean over many calls, after a warm-up round that doesn't count.</summary>
internal static class Measurement
{
    /// <summary>Microseconds a call.</summary>
    public static double Micros(int rounds, int calls, Action<int> call)
    {
        var times = new double[rounds];
        for (var round = -1; round < rounds; round++)
        {
            var started = Stopwatch.GetTimestamp();
            for (var i = 0; i < calls; i++)
                call(i);
            if (round >= 0)
                times[round] = Stopwatch.GetElapsedTime(started).TotalMicroseconds / calls;
        }

        Array.Sort(times);
        return times[rounds / 2];
    }
}
