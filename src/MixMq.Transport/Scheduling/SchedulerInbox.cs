using System.Threading.Channels;

namespace MixMq.Transport.Scheduling;

/// <summary>
/// Everything that crosses into the scheduler's thread: three bounded channels and one wake-up. Full mode of all three is
/// <see cref="BoundedChannelFullMode.Wait"/>; what may be lost instead is only tried (packet cells: the newest is dropped and
/// counted by the caller), so that a flood of packets can't delay a read loop, nor cost a control cell.
/// </summary>
/// <remarks>Any number of writers, one reader: the scheduler's thread, which never waits for room anywhere.</remarks>
internal sealed class SchedulerInbox : IDisposable
{
    /// <summary>Answers that wait for the scheduler beyond those of the crypto workers' queue.</summary>
    internal const int SpareAnswers = 1_024;

    private readonly Channel<LinkInput> _links;
    private readonly Channel<UnwrapAnswer> _unwrapped;
    private readonly Channel<CoreAnswer> _answers;
    private readonly AutoResetEvent _wake = new(initialState: false);
    private int _signalled;

    internal SchedulerInbox(int inboundQueue, int cryptoQueue)
    {
        _links = Channel.CreateBounded<LinkInput>(Options(inboundQueue));
        _unwrapped = Channel.CreateBounded<UnwrapAnswer>(Options(cryptoQueue));
        _answers = Channel.CreateBounded<CoreAnswer>(Options(cryptoQueue + SpareAnswers));
    }

    public void Dispose() => _wake.Dispose();

    /// <summary>Packet cells: false when the queue is full or closed; the caller still owns the cell.</summary>
    internal bool TryPost(in LinkInput input)
    {
        if (!_links.Writer.TryWrite(input))
        {
            return false;
        }

        Wake();
        return true;
    }

    /// <summary>Other cells and the ends of connections: waits for room. False when the scheduler has ended.</summary>
    internal async ValueTask<bool> PostAsync(LinkInput input, CancellationToken cancellation)
    {
        try
        {
            await _links.Writer.WriteAsync(input, cancellation);
        }
        catch (ChannelClosedException)
        {
            return false;
        }

        Wake();
        return true;
    }

    /// <summary>From a crypto worker's thread: blocks it while the queue is full. False when the scheduler has ended.</summary>
    internal bool Post(in UnwrapAnswer answer) => Post(_unwrapped.Writer, answer);

    /// <summary>From any thread but the scheduler's own: blocks while the queue is full. False when the scheduler has ended.</summary>
    internal bool Post(CoreAnswer answer) => Post(_answers.Writer, answer);

    /// <summary>Scheduler only: the next input of its kind.</summary>
    internal bool TryTake(out LinkInput input) => _links.Reader.TryRead(out input);

    /// <summary>Scheduler only: the next input of its kind.</summary>
    internal bool TryTake(out UnwrapAnswer answer) => _unwrapped.Reader.TryRead(out answer);

    /// <summary>Scheduler only: the next input of its kind.</summary>
    internal bool TryTake(out CoreAnswer answer) => _answers.Reader.TryRead(out answer!);

    /// <summary>Scheduler only, before it looks at the channels: whatever is posted from now on wakes it.</summary>
    internal void Arm() => Interlocked.Exchange(ref _signalled, 0);

    /// <summary>Scheduler only: waits until something is posted after <see cref="Arm"/>, or the time is over.</summary>
    internal void Wait(int milliseconds) => _wake.WaitOne(milliseconds);

    /// <summary>Wakes the scheduler's thread.</summary>
    internal void Wake()
    {
        // One system call a sleep, not one a packet.
        if (Interlocked.Exchange(ref _signalled, 1) == 0)
        {
            _wake.Set();
        }
    }

    /// <summary>Refuses everything from now on and frees whoever waits for room.</summary>
    internal void Close()
    {
        _links.Writer.TryComplete();
        _unwrapped.Writer.TryComplete();
        _answers.Writer.TryComplete();
    }

    private static BoundedChannelOptions Options(int capacity) => new(capacity)
    {
        FullMode = BoundedChannelFullMode.Wait,
        SingleReader = true,
        AllowSynchronousContinuations = false,
    };

    private bool Post<T>(ChannelWriter<T> writer, T item)
    {
        while (!writer.TryWrite(item))
        {
            // Rare: the queue is full. Blocking is right on a dedicated thread.
            if (!writer.WaitToWriteAsync().AsTask().GetAwaiter().GetResult())
            {
                return false;
            }
        }

        Wake();
        return true;
    }
}
