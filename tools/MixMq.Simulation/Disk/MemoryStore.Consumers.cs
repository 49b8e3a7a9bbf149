using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Consuming;

namespace MixMq.Simulation.Disk;

/// <content>Consumers, checkpoints and dead letters.</content>
public sealed partial class MemoryStore
{
    private readonly Dictionary<ulong, int> _deliveries = [];
    private readonly Dictionary<string, (CheckpointId Last, byte[] State)> _consumers = [];
    private readonly HashSet<CheckpointId> _checkpoints = [];
    private readonly SortedDictionary<long, (ulong Position, string Cause, string Consumer)> _deadLetters = [];
    private long _lastLetter;

    /// <summary>Dead letters by number: their positions and causes, and who had them last.</summary>
    public IReadOnlyDictionary<long, (ulong Position, string Cause, string Consumer)> DeadLetters => _deadLetters;

    /// <summary>What a consumer's last checkpoint left; null: it made none.</summary>
    public (CheckpointId Last, byte[] State)? Consumer(string name) => _consumers.TryGetValue(name, out var consumer) ? consumer : null;

    public bool HasCheckpoint(CheckpointId id) => _checkpoints.Contains(id);

    /// <summary>Unconsumed ready entries after a position.</summary>
    public InboxHead[] ReadInboxHeads(ulong afterPosition, int maxHeads) =>
        [.. ReadInbox(afterPosition).Where(item => !item.Consumed).Take(maxHeads).Select(ToHead)];

    /// <summary>Unconsumed ready entries of a conversation after a place.</summary>
    public InboxHead[] ReadConversationHeads(Place after, int maxHeads) =>
    [
        .. ReadInbox(0)
            .Where(item => !item.Consumed && item.Entry.Place.Sender == after.Sender && item.Entry.Place.Conversation == after.Conversation
                && item.Entry.Place.Sequence > after.Sequence)
            .OrderBy(item => item.Entry.Place.Sequence).Take(maxHeads).Select(ToHead),
    ];

    private static InboxHead ToHead(InboxItem item) => new(item.Entry.Position, item.Entry.Place, item.Deliveries, item.Entry.Content.Length);

    private bool IsTaken(InboxEntry entry) =>
        (entry.State == InboxState.Held && !entry.Repeated) || !_consumed.Contains(entry.Position) || _deadLetters.Values.Any(letter => letter.Position == entry.Position);

    private bool IsUnconsumed(ulong position) => position >= 1 && position <= LastPosition && !_consumed.Contains(position);

    private void ApplyOfConsumer(StoreOperation operation)
    {
        switch (operation)
        {
            case StoreOperation.Checkpoint checkpoint:
                Require(_checkpoints.Add(checkpoint.Id), "A checkpoint is made once.");
                var before = Consumer(checkpoint.Consumer)?.State ?? [];
                _consumers[checkpoint.Consumer] = (checkpoint.Id, checkpoint.State?.ToArray() ?? before);
                break;
            case StoreOperation.CountDelivery count:
                if (IsUnconsumed(count.Position))
                {
                    _deliveries[count.Position] = _deliveries.GetValueOrDefault(count.Position) + 1;
                }

                break;
            case StoreOperation.MoveToDeadLetters move:
                if (IsUnconsumed(move.Position))
                {
                    _deadLetters.Add(++_lastLetter, (move.Position, move.Cause, move.Consumer));
                    _consumed.Add(move.Position);
                }

                break;
            case StoreOperation.ReplayDeadLetter replay:
                if (_deadLetters.Remove(replay.Number, out var letter))
                {
                    _consumed.Remove(letter.Position);
                    _deliveries.Remove(letter.Position);
                }

                break;
            default:
                ApplyOfAnonymous(operation);
                break;
        }
    }

    private void ClearConsumers()
    {
        _deliveries.Clear();
        _consumers.Clear();
        _checkpoints.Clear();
        _deadLetters.Clear();
        _lastLetter = 0;
    }

    private void CopyConsumers(MemoryStore copy)
    {
        CopyAll(_deliveries, copy._deliveries);
        CopyAll(_consumers, copy._consumers);
        copy._checkpoints.UnionWith(_checkpoints);
        copy._lastLetter = _lastLetter;
        foreach (var (number, letter) in _deadLetters)
        {
            copy._deadLetters.Add(number, letter);
        }
    }
}
