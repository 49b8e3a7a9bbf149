using MixMq.Endpoint.Pings;

namespace MixMq.Node.Messaging;

/// <summary>A ping as its caller sees it. Completed on the core's thread.</summary>
/// <param name="token">Its number.</param>
internal sealed class PingCall(long token)
{
    private readonly TaskCompletionSource<int> _sent = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<PingOutcome> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal long Token { get; } = token;

    /// <summary>Relays on the way there, when it has left; never, where it doesn't.</summary>
    internal Task<int> Sent => _sent.Task;

    internal Task<PingOutcome> Outcome => _outcome.Task;

    internal void OnSent(int relays) => _sent.TrySetResult(relays);

    internal void Complete(in PingOutcome outcome) => _outcome.TrySetResult(outcome);
}
