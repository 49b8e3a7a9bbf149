using System.Globalization;
using MixMq.Simulation.Swarm;

namespace MixMq.Sim.Commands;

/// <summary>Tells every few seconds how far the seeds are.</summary>
internal sealed class SeedsProgress(TextWriter output, long count)
{
    private const double Interval = 5;
    private double _next = Interval;

    public void Show(SwarmResult result)
    {
        if (result.WallSeconds >= _next)
        {
            _next = result.WallSeconds + Interval;
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{result.Seeds} of {count} seeds, {result.WallSeconds:F0} s"));
        }
    }
}
