namespace MixMq.Simulation.Scale;

/// <summary>A phase of a <see cref="ScaleStudy"/> didn't come to its end within its limit, or ended with views that are not equal.</summary>
public sealed class ScaleException(string message) : Exception(message);
