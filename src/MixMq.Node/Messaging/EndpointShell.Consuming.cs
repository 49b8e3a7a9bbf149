using System.Collections.Immutable;
using MixMq.Endpoint;
using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Consuming;

namespace MixMq.Node.Messaging;

/// <content>What the core asks for consumers: reads of the store by its one reader, which answers in order, and deliveries to their streams.</content>
internal sealed partial class EndpointShell
{
    private readonly Dictionary<long, Deliveries> _outlets = [];
    private readonly Dictionary<long, TaskCompletionSource<CheckpointOutcome>> _checkpoints = [];
    private readonly Dictionary<long, TaskCompletionSource<CancelOutcome>> _cancels = [];
    private readonly Dictionary<long, TaskCompletionSource<bool>> _replays = [];

    internal void Expect(long token, TaskCompletionSource<CheckpointOutcome> outcome) => _checkpoints.Add(token, outcome);

    internal void Expect(long token, TaskCompletionSource<CancelOutcome> outcome) => _cancels.Add(token, outcome);

    internal void Expect(long token, TaskCompletionSource<bool> outcome) => _replays.Add(token, outcome);

    internal void Open(long session, Deliveries outlet) => _outlets.Add(session, outlet);

    internal void Close(long session)
    {
        if (_outlets.Remove(session, out Deliveries? outlet))
        {
            outlet.Complete(null);
        }
    }

    public void ReadInboxHeads(ContentRequestId id, ulong afterPosition, int maxHeads) =>
        _reads.Enqueue(store => new EndpointInput.Heads(id, [.. store.ReadInboxHeads(afterPosition, maxHeads)]));

    public void ReadConversationHeads(ContentRequestId id, Place after, int maxHeads) =>
        _reads.Enqueue(store => new EndpointInput.Heads(id, [.. store.ReadConversationHeads(after, maxHeads)]));

    public void ReadCheckpoint(ContentRequestId id, CheckpointId checkpoint, int sends, ImmutableArray<MessageId> questions) => _reads.Enqueue(store =>
    {
        CheckpointKnowledge knowledge = store.HasCheckpoint(checkpoint)
            ? CheckpointKnowledge.Made
            : Enumerable.Range(0, sends).Any(index => store.Track(checkpoint.MessageAt(_knownAs, index)) is not null)
                ? CheckpointKnowledge.Forgotten
                : CheckpointKnowledge.Unknown;
        return new EndpointInput.CheckpointKnown(id, knowledge, [.. questions.Select(store.ReadAnonymous)]);
    });

    public void ConsumerOpened(long session)
    {
        if (_outlets.TryGetValue(session, out Deliveries? outlet))
        {
            outlet.Open();
        }
    }

    public void Deliver(long session, ulong position, int deliveries)
    {
        if (_outlets.TryGetValue(session, out Deliveries? outlet))
        {
            outlet.Add(new Delivery(position, deliveries));
        }
    }

    public void CaughtUp(long session) => Deliver(session, 0, 0);

    public void ConsumerEnded(long session, ConsumerEnd end)
    {
        if (_outlets.Remove(session, out Deliveries? outlet))
        {
            outlet.Complete(end);
        }
    }

    public void CheckpointCompleted(long token, CheckpointOutcome outcome)
    {
        if (_checkpoints.Remove(token, out TaskCompletionSource<CheckpointOutcome>? waiting))
        {
            waiting.TrySetResult(outcome);
        }
    }

    public void CancelCompleted(long token, CancelOutcome outcome)
    {
        if (_cancels.Remove(token, out TaskCompletionSource<CancelOutcome>? waiting))
        {
            waiting.TrySetResult(outcome);
        }
    }

    public void ReplayCompleted(long token)
    {
        if (_replays.Remove(token, out TaskCompletionSource<bool>? waiting))
        {
            waiting.TrySetResult(true);
        }
    }

    private void AbandonConsumers()
    {
        foreach (Deliveries outlet in _outlets.Values)
        {
            outlet.Complete(null);
        }

        foreach (TaskCompletionSource<CheckpointOutcome> waiting in _checkpoints.Values)
        {
            waiting.TrySetResult(new CheckpointOutcome(CheckpointRefusal.Stopping));
        }

        foreach (TaskCompletionSource<CancelOutcome> waiting in _cancels.Values)
        {
            waiting.TrySetCanceled();
        }

        foreach (TaskCompletionSource<bool> waiting in _replays.Values)
        {
            waiting.TrySetResult(false);
        }

        _outlets.Clear();
        _checkpoints.Clear();
        _cancels.Clear();
        _replays.Clear();
    }
}
