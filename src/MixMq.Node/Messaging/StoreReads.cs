using System.Threading.Channels;
using MixMq.Storage;

namespace MixMq.Node.Messaging;

/// <summary>One task that reads contents for the endpoint core, so that its thread never waits for the disk. Bounded by the core's own requests.</summary>
internal sealed class StoreReads : IAsyncDisposable
{
    private const int Limit = 4096;

    private readonly Channel<Func<IMessageStore, EndpointInput>> _requests = Channel.CreateBounded<Func<IMessageStore, EndpointInput>>(
        new BoundedChannelOptions(Limit) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private readonly Task _task;

    internal StoreReads(IMessageStore store, EndpointInbox inbox, Action<MessageStoreException> failed) =>
        _task = Task.Run(() => RunAsync(store, inbox, failed));

    /// <summary>Waits for room; after the end nothing is read any more.</summary>
    internal void Enqueue(Func<IMessageStore, EndpointInput> read)
    {
        while (!_requests.Writer.TryWrite(read))
        {
            if (!_requests.Writer.WaitToWriteAsync().AsTask().GetAwaiter().GetResult())
            {
                return;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        _requests.Writer.TryComplete();
        await _task;
    }

    private async Task RunAsync(IMessageStore store, EndpointInbox inbox, Action<MessageStoreException> failed)
    {
        await foreach (Func<IMessageStore, EndpointInput> read in _requests.Reader.ReadAllAsync())
        {
            try
            {
                inbox.Post(read(store));
            }
            catch (Exception failure)
            {
                // Whatever it is, the core waits for answers that won't come: the node must stop.
                _requests.Writer.TryComplete();
                failed(failure as MessageStoreException
                    ?? new MessageStoreException($"The reader of the message store failed ({failure.GetType().Name}); please report this.", 0, failure));
                return;
            }
        }
    }
}
