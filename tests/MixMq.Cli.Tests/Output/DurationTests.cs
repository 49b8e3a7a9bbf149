using MixMq.Cli.Output;

namespace MixMq.Cli.Tests.Output;

public sealed class DurationTests
{
    [Theory]
    [InlineData("90", 90)]
    [InlineData("1.5", 1.5)]
    [InlineData("200ms", 0.2)]
    [InlineData("30s", 30)]
    [InlineData("5m", 300)]
    [InlineData("12h", 43_200)]
    [InlineData("7d", 604_800)]
    public void Spans_are_read_with_their_unit(string text, double seconds)
    {
        Assert.True(Duration.TryParse(text, out var value));
        Assert.Equal(seconds, value.TotalSeconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("s")]
    [InlineData("0")]
    [InlineData("-5s")]
    [InlineData("5w")]
    [InlineData("1e9")]
    [InlineData("4000d")]
    [InlineData("1,5s")]
    public void Anything_else_is_refused(string text) => Assert.False(Duration.TryParse(text, out _));
}
