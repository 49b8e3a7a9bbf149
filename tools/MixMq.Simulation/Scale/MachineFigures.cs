namespace MixMq.Simulation.Scale;

/// <summary>What a run took of the machine; differs from run to run.</summary>
/// <param name="WallSeconds">All of it.</param>
/// <param name="ProcessorSeconds">Of the process, all threads together.</param>
/// <param name="HeapBytesPerNode">Of the managed heap at the end, with the simulated shell: an upper bound of a core's.</param>
/// <param name="MaxResidentBytes">The most that the process had in memory.</param>
public sealed record MachineFigures(double WallSeconds, double ProcessorSeconds, long HeapBytesPerNode, long MaxResidentBytes);
