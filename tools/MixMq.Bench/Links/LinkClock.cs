namespace MixMq.Bench.Links;

/// <summary>Drives the ends of a process every few milliseconds, on a thread of its own, until it is disposed of.</summary>
internal sealed class LinkClock : IDisposable
{
    private readonly ManualResetEventSlim _stop = new();
    private readonly Thread _thread;

    public LinkClock(IReadOnlyCollection<LinkEnd> ends, int milliseconds = 10)
    {
        _thread = new Thread(() =>
        {
            while (!_stop.Wait(milliseconds))
            {
                foreach (var end in ends)
                    end.Advance();
            }
        }) { IsBackground = true };
        _thread.Start();
    }

    public void Dispose()
    {
        _stop.Set();
        _thread.Join();
        _stop.Dispose();
    }
}
