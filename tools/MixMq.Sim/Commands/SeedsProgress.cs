using System.Globalization;
using MixMq.Simulation.Swarm;

namespace MixMq.Sim.Commands;

/// <summary>Tells every few seconds how far the seeds are.</summary>
internal sealed class SeedsProgress(TextWriter output, long count)
{
    private const double Interval = 5;
    private double _next = Interval;
    private int _told;

    public void Show(SwarmResult result)
    {
        for (; _told < result.Failed.Count; _told++)
        {
            var failure = result.Failed[_told];
            output.WriteLine($"Seed {failure.Seed} breaks {failure.Invariant}: {failure.What}");
        }

        if (result.WallSeconds >= _next)
        {
            _next = result.WallSeconds + Interval;
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{result.Seeds} of {count} seeds, {result.WallSeconds:F0} s"));
        }
    }
}
