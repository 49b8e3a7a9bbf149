using MixMq.Fuzz.Shell;
using MixMq.Fuzz.Targets;

namespace MixMq.Fuzz.Tests;

/// <summary>That a finding is kept, and gets smaller.</summary>
public sealed class MinimiserTests
{
    private static readonly byte[] Song = [(byte)'b', (byte)'i', (byte)'r', (byte)'d', (byte)('r' + 'd')];

    [Fact]
    public void The_canary_is_found_by_its_song_alone()
    {
        Assert.NotNull(Minimiser.FailureOf(new CanaryTarget(), Song));
        Assert.Null(Minimiser.FailureOf(new CanaryTarget(), [.. Song.AsSpan(0, 4), 0]));
    }

    [Fact]
    public void What_a_failure_does_not_need_is_taken_away() =>
        Assert.Equal(Song, Minimiser.Minimise(new CanaryTarget(), [.. Song, 1, 2, 3, 4, 5, 6, 7, 8]));

    [Fact]
    public void An_input_that_does_not_fail_is_not_minimised() =>
        Assert.Throws<ArgumentException>(() => Minimiser.Minimise(new CanaryTarget(), [1]));
}
