using System.Collections.Immutable;
using MixMq.Endpoint;
using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Consuming;
using MixMq.Sphinx;

namespace MixMq.Node.Messaging;

/// <content>Consumers, checkpoints, cancelling and dead letters. Callable from any thread.</content>
internal sealed partial class EndpointHost
{
    private long _session;

    /// <summary>Opens a session for a consumer; what it is given comes through the outlet, which is completed when the session or the endpoint ends.</summary>
    /// <returns>The session's number.</returns>
    internal long OpenConsumer(string consumer, int maxDeliveries, Deliveries outlet)
    {
        long session = Interlocked.Increment(ref _session);
        if (!_inbox.Post(new EndpointInput.Open(session, consumer, maxDeliveries, outlet)))
        {
            outlet.Complete(null);
        }

        return session;
    }

    internal void Grant(long session, int credit) => _inbox.Post(new EndpointInput.Credit(session, credit));

    internal void Reject(long session, ulong position, string cause, bool final) => _inbox.Post(new EndpointInput.Reject(session, position, cause, final));

    internal void CloseConsumer(long session, bool lost) => _inbox.Post(new EndpointInput.Gone(session, lost));

    /// <summary>What was to be delivered isn't in the inbox any more.</summary>
    internal void TellVanished(ulong position) => _inbox.Post(new EndpointInput.Vanished(position));

    /// <summary>Completes once the checkpoint is durable, or refused.</summary>
    internal async Task<CheckpointOutcome> CheckpointAsync(CheckpointRequest request)
    {
        var outcome = new TaskCompletionSource<CheckpointOutcome>(TaskCreationOptions.RunContinuationsAsynchronously);
        return _inbox.Post(new EndpointInput.Checkpoint(request with { Token = Interlocked.Increment(ref _token) }, outcome))
            ? await outcome.Task
            : new CheckpointOutcome(CheckpointRefusal.Stopping);
    }

    /// <summary>Completes once the message's tombstone is durable, or it is too late for one.</summary>
    /// <exception cref="OperationCanceledException">The endpoint ends.</exception>
    internal async Task<CancelOutcome> CancelAsync(MessageId id, NodeAddress recipient, ulong sequence)
    {
        var outcome = new TaskCompletionSource<CancelOutcome>(TaskCreationOptions.RunContinuationsAsynchronously);
        return _inbox.Post(new EndpointInput.Cancel(Interlocked.Increment(ref _token), id, recipient, sequence, outcome))
            ? await outcome.Task
            : throw new OperationCanceledException("The endpoint has ended.");
    }

    /// <summary>What its recipient has against a message; nothing also where the endpoint ends.</summary>
    internal async Task<Hindrance> HindranceOfAsync(MessageId id, NodeAddress recipient, ulong sequence)
    {
        var result = new TaskCompletionSource<Hindrance>(TaskCreationOptions.RunContinuationsAsynchronously);
        return _inbox.Post(new EndpointInput.HindranceWanted(id, recipient, sequence, result)) ? await result.Task : default;
    }

    /// <summary>Completes once the letters are durably in the inbox. False: the endpoint ends.</summary>
    internal async Task<bool> ReplayAsync(ImmutableArray<(long Number, ulong Position)> letters)
    {
        var outcome = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        return _inbox.Post(new EndpointInput.Replay(Interlocked.Increment(ref _token), letters, outcome)) && await outcome.Task;
    }

    private void HandleConsuming(EndpointInput input, EndpointCore core, ref EndpointShell shell)
    {
        switch (input)
        {
            case EndpointInput.Open open:
                shell.Open(open.Session, open.Outlet);
                core.HandleConsumer(open.Session, open.Consumer, open.MaxDeliveries, Now(), ref shell);
                break;
            case EndpointInput.Credit credit: core.HandleCredit(credit.Session, credit.Messages, Now(), ref shell); break;
            case EndpointInput.Reject reject: core.HandleReject(reject.Session, reject.Position, reject.Cause, reject.Final, Now(), ref shell); break;
            case EndpointInput.Gone gone:
                core.HandleConsumerGone(gone.Session, gone.Lost, Now(), ref shell);
                shell.Close(gone.Session);
                break;
            case EndpointInput.Vanished vanished: core.HandleVanished(vanished.Position, Now(), ref shell); break;
            case EndpointInput.Heads heads: core.HandleHeads(heads.Id, heads.Found, Now(), ref shell); break;
            case EndpointInput.Checkpoint checkpoint:
                shell.Expect(checkpoint.Request.Token, checkpoint.Outcome);
                core.HandleCheckpoint(checkpoint.Request, Now(), ref shell);
                break;
            case EndpointInput.CheckpointKnown known: core.HandleCheckpointKnowledge(known.Id, known.Knowledge, known.Questions.AsSpan(), Now(), ref shell); break;
            case EndpointInput.Cancel cancel:
                shell.Expect(cancel.Token, cancel.Outcome);
                core.HandleCancel(cancel.Token, cancel.Id, cancel.Recipient, cancel.Sequence, Now(), ref shell);
                break;
            case EndpointInput.HindranceWanted wanted:
                wanted.Result.TrySetResult(new(core.IsRefused(wanted.Id, wanted.Recipient, wanted.Sequence), core.ContentLimitOf(wanted.Id)));
                break;
            case EndpointInput.Replay replay:
                shell.Expect(replay.Token, replay.Outcome);
                core.HandleReplay(replay.Token, replay.Letters, Now(), ref shell);
                break;
            default: HandlePings(input, core, ref shell); break;
        }
    }
}
