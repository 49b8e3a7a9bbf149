namespace MixMq.Simulation.Anonymity;

/// <summary>All that <see cref="AnonymityStudy"/> measured.</summary>
/// <param name="Options">What was simulated.</param>
/// <param name="SingleMixes">Single mixes by ascending occupancy.</param>
/// <param name="Network">The network.</param>
/// <param name="Paths">Its paths.</param>
/// <param name="Checks">Measured against closed forms and goals.</param>
/// <param name="Hash">Over all runs: equal for equal options.</param>
public sealed record AnonymityReport(
    AnonymityOptions Options,
    IReadOnlyList<SingleMixResult> SingleMixes,
    NetworkFigures Network,
    PathFigures Paths,
    IReadOnlyList<Check> Checks,
    string Hash)
{
    public bool Ok => Checks.All(check => check.Ok);
}
