namespace MixMq.Simulation.Scale;

/// <summary>The share of nodes that knew, over the time of one phase.</summary>
/// <param name="Name">What they knew.</param>
/// <param name="Points">Virtual seconds since the phase began, and the share from then on.</param>
public sealed record ConvergenceCurve(string Name, IReadOnlyList<(double Seconds, double Share)> Points);
