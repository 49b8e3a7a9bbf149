namespace MixMq.Simulation.Tests;

public sealed class SeededRandomSourceTests
{
    [Fact]
    public void Equal_seeds_give_equal_bytes_and_others_give_others()
    {
        var (first, same, other) = (new byte[1 << 17], new byte[1 << 17], new byte[1 << 17]);
        new SeededRandomSource(7).Fill(first);
        new SeededRandomSource(7).Fill(same);
        new SeededRandomSource(8).Fill(other);
        Assert.Equal(first, same);
        Assert.NotEqual(first, other);
    }
}
