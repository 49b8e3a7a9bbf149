using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using MixMq.Transport.Scheduling;

namespace MixMq.Transport.Files;

/// <summary>
/// Stores sequences off the scheduler's thread, which must not wait for a disk. Full mode of its channel is DropOldest: a later
/// sequence includes every earlier one.
/// </summary>
internal sealed class SequenceWriter
{
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(2);
    private readonly Channel<ulong> _sequences = Channel.CreateBounded<ulong>(
        new BoundedChannelOptions(4) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    private readonly SequenceFile _file;
    private readonly SchedulerInbox _inbox;
    private readonly TimeProvider _time;
    private readonly ILogger _log;

    internal SequenceWriter(SequenceFile file, SchedulerInbox inbox, TimeProvider time, ILogger log)
    {
        _file = file;
        _inbox = inbox;
        _time = time;
        _log = log;
    }

    internal void Enqueue(ulong sequence) => _sequences.Writer.TryWrite(sequence);

    /// <summary>Runs until stopped; never throws. While the disk refuses, the node's record is not renewed: better than a repeated sequence.</summary>
    internal async Task RunAsync(CancellationToken stop)
    {
        try
        {
            await Task.Yield();
            while (true)
            {
                var sequence = await _sequences.Reader.ReadAsync(stop);
                while (!TryStore(sequence))
                {
                    await Task.Delay(Retry, _time, stop);
                }

                _inbox.Post(new CoreAnswer.Persisted(sequence));
            }
        }
        catch (OperationCanceledException)
        {
            // Stopped.
        }
    }

    private bool TryStore(ulong sequence)
    {
        try
        {
            _file.Store(sequence);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Log.SequenceNotStored(_log, e.GetType().Name);
            return false;
        }
    }
}
