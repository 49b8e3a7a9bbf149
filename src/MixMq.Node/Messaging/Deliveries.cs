using System.Threading.Channels;
using MixMq.Endpoint.Messaging.Consuming;

namespace MixMq.Node.Messaging;

/// <summary>
/// From the core's thread to one consumer's stream: what the core gives it. As many may wait as the core lets be with a consumer, and as many again that were taken back; a consumer
/// that is granted more and reads none of it has overflowed, and its stream ends. Completed without an end: the consumer has gone. One reader.
/// </summary>
internal sealed class Deliveries
{
    private const int Limit = 2 * ConsumingLimits.MaxCredit;

    private readonly Channel<Delivery> _queue = Channel.CreateBounded<Delivery>(
        new BoundedChannelOptions(Limit) { SingleReader = true, SingleWriter = true, FullMode = BoundedChannelFullMode.Wait });

    private readonly TaskCompletionSource<bool> _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal ChannelReader<Delivery> Reader => _queue.Reader;

    /// <summary>Whether the session has opened; false: it has ended before.</summary>
    internal Task<bool> Opened => _opened.Task;

    /// <summary>Why the core ended the session; null: it didn't.</summary>
    internal ConsumerEnd? End { get; private set; }

    /// <summary>More was given than it has room for.</summary>
    internal bool HasOverflowed { get; private set; }

    internal void Open() => _opened.TrySetResult(true);

    internal void Add(in Delivery delivery)
    {
        if (!_queue.Writer.TryWrite(delivery))
        {
            HasOverflowed = true;
            _queue.Writer.TryComplete();
        }
    }

    internal void Complete(ConsumerEnd? end)
    {
        End = end;
        _opened.TrySetResult(false);
        _queue.Writer.TryComplete();
    }
}
