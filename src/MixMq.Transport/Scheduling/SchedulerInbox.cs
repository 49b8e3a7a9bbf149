using System.Threading.Channels;
using MixMq.Sphinx;
using MixMq.Transport.Queues;
using MixMq.Transport.Workers;

namespace MixMq.Transport.Scheduling;

/// <summary>
/// Everything that crosses into the scheduler's thread: three bounded queues and one wake-up. What links bring and the core's rarer answers are
/// channels whose full mode is <see cref="BoundedChannelFullMode.Wait"/>; what may be lost instead is only tried (packet cells: the newest is
/// dropped and counted by the caller), so that a flood of packets can't delay a read loop, nor cost a control cell. Unwrapped packets come in
/// batches, and always find room: no more are asked for than the queue holds.
/// </summary>
/// <remarks>Any number of writers, one reader: the scheduler's thread, which never waits for room anywhere.</remarks>
internal sealed class SchedulerInbox : IDisposable
{
    /// <summary>Answers that wait for the scheduler beyond those of the crypto workers' queue.</summary>
    internal const int SpareAnswers = 1_024;

    private readonly Channel<LinkInput> _links;
    private readonly Channel<CoreAnswer> _answers;
    private readonly Lock _unwrappedLock = new();
    private BoundedRing<UnwrapAnswer> _unwrapped;
    private bool _closed;
    private readonly AutoResetEvent _wake = new(initialState: false);
    private int _signalled;
    private int _collecting;

    internal SchedulerInbox(int inboundQueue, int cryptoQueue)
    {
        _links = Channel.CreateBounded<LinkInput>(Options(inboundQueue));
        _unwrapped = new BoundedRing<UnwrapAnswer>(cryptoQueue);
        UnwrapLimit = cryptoQueue;
        _answers = Channel.CreateBounded<CoreAnswer>(Options(cryptoQueue + SpareAnswers));
    }

    /// <summary>The most packets that may be asked to be unwrapped and not yet taken from here.</summary>
    internal int UnwrapLimit { get; }

    public void Dispose() => _wake.Dispose();

    /// <summary>Packet cells: false when the queue is full or closed; the caller still owns the cell.</summary>
    internal bool TryPost(in LinkInput input)
    {
        if (!_links.Writer.TryWrite(input))
        {
            return false;
        }

        WakeForPackets();
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

    /// <summary>
    /// From a crypto worker's thread: a batch of packets with what they unwrapped to, or with no results if that failed, in which case they stay the
    /// caller's. False when the scheduler has ended: they stay the caller's, too.
    /// </summary>
    internal bool Post(ReadOnlySpan<UnwrapJob> jobs, ReadOnlySpan<UnwrapResult> results)
    {
        lock (_unwrappedLock)
        {
            if (_closed)
            {
                return false;
            }

            for (var i = 0; i < jobs.Length; i++)
            {
                var answer = results.IsEmpty ? default : new UnwrapAnswer(jobs[i].Packet, results[i]);
                if (!_unwrapped.TryAdd(answer))
                {
                    throw new InvalidOperationException("More packets were unwrapped than asked for.");
                }
            }
        }

        WakeForPackets();
        return true;
    }

    /// <summary>From any thread but the scheduler's own: blocks while the queue is full. False when the scheduler has ended.</summary>
    internal bool Post(CoreAnswer answer) => Post(_answers.Writer, answer);

    /// <summary>Scheduler only: the next input of its kind.</summary>
    internal bool TryTake(out LinkInput input) => _links.Reader.TryRead(out input);

    /// <summary>Scheduler only: the next ones of their kind, as many as there are and fit.</summary>
    internal int Take(Span<UnwrapAnswer> answers)
    {
        lock (_unwrappedLock)
        {
            return _unwrapped.Take(answers);
        }
    }

    /// <summary>Scheduler only: the next input of its kind.</summary>
    internal bool TryTake(out CoreAnswer answer) => _answers.Reader.TryRead(out answer!);

    /// <summary>Scheduler only, before it looks at the channels: whatever is posted from now on wakes it.</summary>
    internal void Arm() => Interlocked.Exchange(ref _signalled, 0);

    /// <summary>Scheduler only: waits until something is posted after <see cref="Arm"/>, or the time is over.</summary>
    internal void Wait(int milliseconds) => _wake.WaitOne(milliseconds);

    /// <summary>Scheduler only: as <see cref="Wait"/>, but packets and what they unwrapped to are let come together until the time is over.</summary>
    internal void Collect(int milliseconds)
    {
        Volatile.Write(ref _collecting, 1);
        _wake.WaitOne(milliseconds);

        // Arm() follows, whose exchange no read of the queues passes: what was posted without a wake-up is seen then.
        Volatile.Write(ref _collecting, 0);
    }

    /// <summary>Wakes the scheduler's thread.</summary>
    internal void Wake()
    {
        // One system call a sleep, not one a packet.
        if (Interlocked.Exchange(ref _signalled, 1) == 0)
        {
            _wake.Set();
        }
    }

    private void WakeForPackets()
    {
        // The post comes first, the look at the flag second; the scheduler does both the other way round. So one of them sees the other.
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _collecting) == 0)
        {
            Wake();
        }
    }

    /// <summary>Refuses everything from now on and frees whoever waits for room.</summary>
    internal void Close()
    {
        _links.Writer.TryComplete();
        lock (_unwrappedLock)
        {
            _closed = true;
        }

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
