using MixMq.Overlay;
using MixMq.Transport.Scheduling;

namespace MixMq.Transport.Tests.Scheduling;

public sealed class WakeAllowanceTests
{
    private const long Each = Moment.MicrosPerSecond / WakeAllowance.PerSecond;

    [Fact]
    public void A_burst_is_allowed_at_once_and_not_one_more()
    {
        var allowance = new WakeAllowance();
        var now = 10 * Moment.MicrosPerSecond;
        for (var i = 0; i < WakeAllowance.Burst; i++)
        {
            Assert.True(allowance.TryTake(now));
        }

        Assert.False(allowance.TryTake(now));
        Assert.False(allowance.TryTake(now + Each - 1));
        Assert.True(allowance.TryTake(now + Each));
    }

    [Fact]
    public void In_the_long_run_there_are_no_more_than_the_rate_says_however_often_it_is_asked()
    {
        var allowance = new WakeAllowance();
        var random = new Random(4);
        long now = 0;
        var allowed = 0;
        while (now < 100 * Moment.MicrosPerSecond)
        {
            now += random.Next(1, 2_000);
            allowed += allowance.TryTake(now) ? 1 : 0;
        }

        Assert.InRange(allowed, 100 * WakeAllowance.PerSecond * 99 / 100, (100 * WakeAllowance.PerSecond) + WakeAllowance.Burst);
    }

    [Fact]
    public void A_quiet_time_gives_a_burst_and_no_more()
    {
        var allowance = new WakeAllowance();
        Assert.True(allowance.TryTake(Moment.MicrosPerSecond));
        var later = 1_000 * Moment.MicrosPerSecond;
        var allowed = 0;
        while (allowance.TryTake(later))
        {
            allowed++;
        }

        Assert.Equal(WakeAllowance.Burst, allowed);
    }
}
