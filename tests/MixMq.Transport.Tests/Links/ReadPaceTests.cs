using MixMq.Transport.Links;
using MixMq.Transport.Tests.Testing;

namespace MixMq.Transport.Tests.Links;

public sealed class ReadPaceTests
{
    private readonly ReadTicks _ticks = new();

    [Fact]
    public void A_quiet_link_is_read_at_once()
    {
        var pace = new ReadPace(_ticks);
        _ticks.Begin();
        for (var i = 0; i < 10; i++)
        {
            Assert.True(Wait(pace).IsCompleted);
            pace.HasRead(0, 0);
            Assert.True(Wait(pace).IsCompleted);
            pace.HasRead(100, 1_000);
            Pass(3);
        }
    }

    [Fact]
    public async Task A_busy_link_that_has_been_emptied_is_read_at_the_next_tick_and_once_then()
    {
        var pace = Busy();
        var wait = Wait(pace);
        Assert.False(wait.IsCompleted);
        _ticks.Tick();
        await wait.WaitAsync(TestLog.Patience);
        Assert.True(Wait(pace).IsCompleted);
    }

    [Fact]
    public void A_link_on_which_more_is_likely_to_wait_is_read_on()
    {
        var pace = Busy();
        pace.HasRead(1_000, 1_000);
        Assert.True(Wait(pace).IsCompleted);
    }

    [Fact]
    public async Task Nobody_waits_for_a_tick_that_does_not_come()
    {
        var pace = Busy();
        var wait = Wait(pace);
        Assert.False(wait.IsCompleted);
        _ticks.End();
        await wait.WaitAsync(TestLog.Patience);
        pace.HasRead(100, 1_000);
        Assert.True(Wait(pace).IsCompleted);
    }

    [Fact]
    public async Task Many_readers_wait_at_once_and_all_go_on_at_every_tick()
    {
        _ticks.Begin();
        var readers = Enumerable.Range(0, 50).Select(_ => ReadAsync(Busy())).ToArray();
        var all = Task.WhenAll(readers);
        while (!all.IsCompleted)
        {
            _ticks.Tick();
            await Task.Yield();
        }

        await all;

        static async Task ReadAsync(ReadPace pace)
        {
            for (var i = 0; i < 200; i++)
            {
                await pace.WaitAsync();
                pace.HasRead(100, 1_000);
            }
        }
    }

    private static Task Wait(ReadPace pace) => pace.WaitAsync().AsTask();

    private ReadPace Busy()
    {
        _ticks.Begin();
        var pace = new ReadPace(_ticks);
        pace.HasRead(100, 1_000);
        pace.HasRead(100, 1_000);
        return pace;
    }

    private void Pass(int ticks)
    {
        for (var i = 0; i < ticks; i++)
        {
            _ticks.Tick();
        }
    }
}
