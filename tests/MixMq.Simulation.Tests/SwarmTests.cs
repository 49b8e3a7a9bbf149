using MixMq.Simulation.Invariants;
using MixMq.Simulation.Observation;
using MixMq.Simulation.Swarm;
using Xunit.Abstractions;

namespace MixMq.Simulation.Tests;

/// <summary>The seeds that every change is tried on; the nightly run takes many more.</summary>
public sealed class SwarmTests(ITestOutputHelper output)
{
    private const int Seeds = 300;

    /// <summary>Others than those of the main set; 300 of them are for the night.</summary>
    private const int RestoredFrom = 1000;
    private const int RestoredSeeds = 60;

    /// <summary>
    /// Paths that a few hundred seeds may miss, and why: queues of real size don't fill in so small a network, and the others need two rare things
    /// at once.
    /// </summary>
    private static readonly Mark[] Seldom =
    [
        Mark.LinkQueueFull, Mark.PoolEmpty, Mark.CryptoQueueFull, Mark.DeliveryQueueFull, Mark.ReplayFilterFull,
        Mark.ContentMissing, Mark.StartRefused, Mark.NoPathToWrap,
    ];

    [Fact]
    public void Stores_put_back_and_full_disks_lose_and_double_nothing()
    {
        var result = new SwarmRunner(new SwarmOptions { Always = Faults.StoresRestored | Faults.FullDisks }) { KeepsGoing = true }.Run(RestoredFrom, RestoredSeeds);
        output.WriteLine($"{result.Seeds} seeds, {result.VirtualSeconds:F0} virtual seconds in {result.WallSeconds:F1} s.");
        Assert.Empty(result.Failures.Select(failure => $"seed {failure.Seed}: {failure.Invariant}: {failure.What}"));
        Assert.True(result.Marks[Mark.StoreRestored] > RestoredSeeds / 2);
    }

    [Fact]
    public void Every_seed_keeps_every_invariant_and_is_the_same_run_twice()
    {
        var result = new SwarmRunner(new SwarmOptions()) { Twice = true, KeepsGoing = true }.Run(0, Seeds);
        output.WriteLine($"{result.Seeds} seeds, {result.VirtualSeconds:F0} virtual seconds in {result.WallSeconds:F1} s, {result.Ratio:F0} times as fast.");
        output.WriteLine($"Never taken: {string.Join(", ", result.Marks.Missed)}.");
        Assert.Equal(Seeds, result.Seeds);
        Assert.Empty(result.Failures.Select(failure => $"seed {failure.Seed}: {failure.Invariant}: {failure.What}"));
        Assert.Equal(0, result.UnequalHashes);
        Assert.True(result.RealSeeds > 0);
        Assert.Empty(result.Marks.Missed.Except(Seldom));
        Assert.True(result.SeedsWithRevocations > Seeds / 4 && result.SeedsWithKeyChanges > Seeds / 8);
        Assert.InRange(result.Revocations.LastUseOfWholeMicros, 0, 2 * RevocationFigures.RoundMicros);
    }
}
