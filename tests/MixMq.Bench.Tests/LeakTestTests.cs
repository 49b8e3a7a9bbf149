using MixMq.Bench.ConstantTime;

namespace MixMq.Bench.Tests;

/// <summary>The statistics of the constant-time test, on measurements that are made up: real times have no place in a test.</summary>
public sealed class LeakTestTests
{
    private const int Measurements = 20_000;

    [Fact]
    public void Welchs_t_is_what_the_formula_says()
    {
        var test = new WelchTest();
        foreach (var value in (double[])[3, 4, 5, 8])
        {
            test.Add(0, value);
        }

        foreach (var value in (double[])[1, 2, 6])
        {
            test.Add(1, value);
        }

        // Means 5 and 3, variances 14/3 and 7: t = 2 / √(14/12 + 7/3).
        Assert.Equal(2 / Math.Sqrt((14.0 / 12) + (7.0 / 3)), test.T, 12);
        Assert.Equal(2, test.Difference, 12);
        Assert.Equal(7, test.Count);
    }

    [Fact]
    public void Too_few_measurements_say_nothing()
    {
        var test = new WelchTest();
        test.Add(0, 1);
        test.Add(1, 2);

        Assert.Equal(0, test.T);
    }

    [Fact]
    public void Classes_that_are_alike_do_not_differ() => Assert.False(Test((_, noise) => 1000 + (100 * noise)).Leaks);

    [Fact]
    public void A_class_that_takes_longer_differs() => Assert.True(Test((@class, noise) => 1000 + (100 * noise) + (10 * @class)).Leaks);

    // One in twenty is a thousand times slower, as when something else has the processor: the mean of all is far too blurred for a leak of a hundredth.
    [Fact]
    public void A_small_leak_is_seen_under_a_long_tail() => Assert.True(
        Test((@class, noise) => noise > 0.95 ? 1_000_000 * noise : 1000 + (100 * noise) + (10 * @class)).Leaks);

    [Fact]
    public void A_class_that_scatters_more_differs() => Assert.True(Test((@class, noise) => 1000 + ((noise - 0.5) * 100 * (1 + @class))).Leaks);

    private static LeakTest Test(Func<int, double, double> time)
    {
        var random = new Random(4711);
        var classes = new byte[Measurements];
        var times = new double[Measurements];
        for (var i = 0; i < Measurements; i++)
        {
            classes[i] = (byte)random.Next(2);
            times[i] = time(classes[i], random.NextDouble());
        }

        return new LeakTest(classes, times);
    }
}
