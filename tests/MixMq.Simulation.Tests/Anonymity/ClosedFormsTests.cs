using MixMq.Simulation.Anonymity;

namespace MixMq.Simulation.Tests.Anonymity;

public sealed class ClosedFormsTests
{
    [Theory]
    [InlineData(1, 1.44)]
    [InlineData(3, 2.67)]
    [InlineData(4, 2.92)]
    [InlineData(5, 3.11)]
    [InlineData(6, 3.26)]
    [InlineData(8, 3.49)]
    public void The_ceilings_constant_is_the_entropy_of_Erlangs_density(int mixes, double expected)
    {
        Assert.Equal(expected, ClosedForms.ErlangEntropy(mixes), 0.005);

        // By quadrature, from nothing but the density.
        const double Step = 1e-3;
        var scale = Math.Exp(-SpecialFunctions.LogGamma(mixes));
        var sum = 0.0;
        for (var time = Step / 2; time < 60; time += Step)
        {
            var density = scale * ClosedForms.ErlangWeight(mixes, 1, time);
            sum -= density * Math.Log2(density) * Step;
        }

        Assert.Equal(sum, ClosedForms.ErlangEntropy(mixes), 1e-4);
    }

    [Fact]
    public void The_distribution_of_Erlang_is_one_less_a_sum_of_Poisson_odds()
    {
        foreach (var time in new[] { 0.1, 1, 3, 10, 40 })
        {
            var sum = 0.0;
            var term = Math.Exp(-time);
            for (var mixes = 1; mixes <= 8; mixes++)
            {
                sum += term;
                term *= time / mixes;
                Assert.Equal(1 - sum, ClosedForms.ErlangBelow(mixes, 50, 50 * time), 1e-12);
            }
        }
    }

    [Fact]
    public void The_99_9th_percentile_of_five_delays_is_14_8_mean_delays() => Assert.Equal(0.999, ClosedForms.ErlangBelow(5, 1, 14.79), 1e-5);

    [Fact]
    public void Tests_of_fit_know_published_critical_values()
    {
        Assert.Equal(0.05, SpecialFunctions.KolmogorovAbove(1.3581), 1e-4);
        Assert.Equal(0.01, SpecialFunctions.KolmogorovAbove(1.6276), 1e-4);
        Assert.Equal(0.95, SpecialFunctions.GammaBelow(5, 18.307 / 2), 1e-5);
        Assert.Equal(0.05, GoodnessOfFit.ChiSquare([60, 40], [0.5, 0.5]), 0.005);
    }

    [Fact]
    public void Paths_are_as_many_bits_as_the_design_says()
    {
        Assert.Equal(10.4, ClosedForms.Paths(100, 8, 6), 0.05);
        Assert.Equal(6.4, ClosedForms.Paths(100, 4, 8), 0.1);
    }
}
