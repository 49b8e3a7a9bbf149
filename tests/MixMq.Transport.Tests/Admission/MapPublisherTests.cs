using MixMq.Overlay.Map;
using MixMq.Transport.Admission;
using MixMq.Transport.Scheduling;

namespace MixMq.Transport.Tests.Admission;

public sealed class MapPublisherTests
{
    [Fact]
    [Trait("Spec", "MSG-91")]
    public async Task The_first_map_counts_as_brought_only_when_its_readers_have_it()
    {
        using var inbox = new SchedulerInbox(16, 16);
        using var stop = new CancellationTokenSource();
        MapPublisher? publisher = null;
        bool? wasBrought = null;
        NetworkMapView? told = null;
        publisher = new MapPublisher(inbox, map => (told, wasBrought) = (map, publisher!.First.IsCompleted), TimeProvider.System);
        var run = publisher.RunAsync(stop.Token);
        publisher.Signal();
        CoreAnswer? asked;
        while (!inbox.TryTake(out asked))
        {
            await Task.Yield();
        }

        Assert.False(publisher.First.IsCompleted);
        Assert.IsType<CoreAnswer.MapWanted>(asked).Result.SetResult(NetworkMapView.None);
        await publisher.First;
        Assert.Same(NetworkMapView.None, told);
        Assert.False(wasBrought);
        await stop.CancelAsync();
        await run;
    }

    [Fact]
    public async Task Nobody_waits_for_a_map_that_will_not_come()
    {
        using var inbox = new SchedulerInbox(16, 16);
        using var stop = new CancellationTokenSource();
        var publisher = new MapPublisher(inbox, static _ => { }, TimeProvider.System);
        var run = publisher.RunAsync(stop.Token);
        await stop.CancelAsync();
        await run;
        await publisher.First;
    }
}
