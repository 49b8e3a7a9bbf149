using MixMq.Endpoint.Messaging;

namespace MixMq.Node.Messaging;

/// <content>Contents that applications hand over in parts. Callable from any thread.</content>
internal sealed partial class EndpointHost
{
    /// <summary>Whether a message would be refused as things stand.</summary>
    internal async Task<SubmitRefusal> CheckAsync(SubmitRequest request)
    {
        var outcome = new TaskCompletionSource<SubmitRefusal>(TaskCreationOptions.RunContinuationsAsynchronously);
        return _inbox.Post(new EndpointInput.Check(request, outcome)) ? await outcome.Task : SubmitRefusal.Stopping;
    }

    /// <summary>Completes once a part is durable; never, where the store fails, for then the node ends.</summary>
    /// <exception cref="OperationCanceledException">The endpoint has ended.</exception>
    internal Task StageAsync(StoreOperation.StagePart part)
    {
        var stored = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return _storage!.Enqueue([part], () => stored.TrySetResult()) ? stored.Task : throw new OperationCanceledException("The endpoint has ended.");
    }

    /// <summary>What was staged and isn't wanted goes; if the endpoint has ended, at the next start.</summary>
    internal void DropStaged(MessageId id) => _storage!.Enqueue([new StoreOperation.DropStaged(id)], static () => { });
}
