using MixMq.Simulation.Anonymity;

namespace MixMq.Simulation.Tests.Anonymity;

public sealed class SingleMixTests
{
    private const double DelayMs = 50;

    [Theory]
    [InlineData(3, 3.00, 6000, 10_000)]
    [InlineData(10, 4.76, 2000, 8000)]
    [InlineData(100, 8.09, 300, 2000)]
    public void A_mix_measures_up_to_the_closed_forms(double occupancy, double expected, int durationDelays, int targets)
    {
        var found = SingleMixStudy.Run(occupancy, durationDelays, targets, DelayMs, seed: 4);
        Assert.Equal(expected, found.Entropy.Mean, 0.05);
        Assert.Equal(ClosedForms.SingleMix(occupancy), found.Entropy.Mean, 0.06);
        Assert.InRange(found.Excess.Mean, -5 * found.Excess.StandardError, 5 * found.Excess.StandardError);
        Assert.InRange(found.OccupancyFit, Check.Significance, 1);
        Assert.InRange(found.DelayFit, Check.Significance, 1);
        Assert.InRange(found.InterchangeFit, Check.Significance, 1);
    }

    [Fact]
    public void Equal_seeds_give_equal_figures_and_others_give_others()
    {
        var first = SingleMixStudy.Run(3, 300, 400, DelayMs, seed: 1);
        Assert.Equal(first, SingleMixStudy.Run(3, 300, 400, DelayMs, seed: 1));
        Assert.NotEqual(first.Hash, SingleMixStudy.Run(3, 300, 400, DelayMs, seed: 2).Hash);
    }

    [Fact]
    public void Constant_delays_are_found_though_the_occupancy_stays_Poisson()
    {
        var found = SingleMixStudy.Run(10, 300, 1000, DelayMs, seed: 1, shipping => new DelayDefect(shipping, _ => (uint)DelayMs));
        Assert.InRange(found.DelayFit, 0, 1e-12);
        Assert.InRange(found.InterchangeFit, 0, 1e-12);
        Assert.InRange(found.OccupancyFit, Check.Significance, 1);
    }

    [Fact]
    public void Delays_half_as_long_as_said_are_found()
    {
        var found = SingleMixStudy.Run(10, 300, 1000, DelayMs, seed: 1, shipping => new DelayDefect(shipping, delay => delay / 2));
        Assert.NotInRange(found.Entropy.Mean, 4.71, 4.81);
        Assert.InRange(found.OccupancyFit, 0, 1e-12);
        Assert.InRange(found.DelayFit, 0, 1e-12);
    }
}
