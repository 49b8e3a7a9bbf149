using System.Threading.Channels;
using MixMq.Overlay.Map;
using MixMq.Transport.Scheduling;

namespace MixMq.Transport.Admission;

/// <summary>
/// Brings the map from the core to those who read it: the scheduler copies what is held, at most every 100 ms however often it changes, and what is made of it is made on this task.
/// Full mode of its channel is DropWrite: one signal stands for any number of changes.
/// </summary>
internal sealed class MapPublisher(SchedulerInbox inbox, Action<NetworkMapView> changed, TimeProvider time)
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(100);
    private readonly Channel<bool> _signals = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });
    private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private NetworkMapView _current = NetworkMapView.None;

    /// <summary>The newest map; that of a node without authorities before there is one, and always in a float.</summary>
    public NetworkMapView Current => Volatile.Read(ref _current);

    /// <summary>Completes when the map that the node has stored has been brought, or none will be.</summary>
    public Task First => _first.Task;

    /// <summary>The scheduler's thread: the map has changed.</summary>
    public void Signal() => _signals.Writer.TryWrite(true);

    /// <summary>Runs until stopped; never throws.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        try
        {
            await Task.Yield();
            while (true)
            {
                _ = await _signals.Reader.ReadAsync(stop);
                var wanted = new TaskCompletionSource<NetworkMapView>(TaskCreationOptions.RunContinuationsAsynchronously);
                if (!inbox.Post(new CoreAnswer.MapWanted(wanted)))
                {
                    return;
                }

                var map = await wanted.Task.WaitAsync(stop);
                map.Prepare();
                Volatile.Write(ref _current, map);
                changed(map);
                _first.TrySetResult();
                await Task.Delay(Pace, time, stop);
            }
        }
        catch (OperationCanceledException)
        {
            // The host stops.
        }
        finally
        {
            _first.TrySetResult();
        }
    }
}
