using MixMq.Simulation;
using MixMq.Testing;

namespace MixMq.Crypto.Tests;

public sealed class RandomSourceTests
{
    [Fact]
    public void A_bounded_number_is_uniform_below_its_bound()
    {
        var random = new SeededRandomSource("bounded");
        var counts = new int[7];
        for (var i = 0; i < 70_000; i++)
        {
            counts[random.NextInt32(7)]++;
        }

        Assert.All(counts, count => Assert.InRange(count, 9_500, 10_500));
        Assert.Equal(0, random.NextInt32(1));
        Assert.InRange(random.NextInt32(int.MaxValue), 0, int.MaxValue - 1);
        Assert.Throws<ArgumentOutOfRangeException>(() => random.NextInt32(0));
    }

    [Fact]
    public void A_double_is_at_least_zero_and_below_one_even_at_the_ends()
    {
        Assert.Equal(0, new Fixed(0).NextDouble());
        Assert.True(new Fixed(0xff).NextDouble() < 1);
    }

    [Fact]
    public void An_exponential_number_has_its_mean_and_is_finite_at_the_ends()
    {
        var random = new SeededRandomSource("exponential");
        var sum = 0.0;
        for (var i = 0; i < 100_000; i++)
        {
            sum += random.NextExponential(50);
        }

        Assert.InRange(sum / 100_000, 49, 51);
        Assert.Equal(0, new Fixed(0).NextExponential(50));
        Assert.InRange(new Fixed(0xff).NextExponential(1), 36, 37);
        Assert.Throws<ArgumentOutOfRangeException>(() => random.NextExponential(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => random.NextExponential(double.NaN));
    }

    [Fact]
    public void The_system_source_fills_everything()
    {
        var bytes = new byte[1000];
        SystemRandomSource.Instance.Fill(bytes);
        Assert.True(bytes.Distinct().Count() > 200);
    }

    [Fact]
    public void A_seeded_source_gives_the_same_bytes_however_they_are_drawn()
    {
        var whole = new byte[200_000];
        new SeededRandomSource("seed").Fill(whole);
        var pieces = new byte[200_000];
        var random = new SeededRandomSource("seed");
        for (var i = 0; i < pieces.Length; i += 1000)
        {
            random.Fill(pieces.AsSpan(i, 1000));
        }

        Assert.Equal(whole, pieces);
    }

    private sealed class Fixed(byte value) : IRandomSource
    {
        public void Fill(Span<byte> destination) => destination.Fill(value);
    }
}
