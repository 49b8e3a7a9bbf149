using MixMq.Endpoint.Messaging;

namespace MixMq.Storage.Sqlite;

/// <summary>
/// Applies store operations. Each must find what it names, in the state that it presumes, and nothing where it adds something: anything else
/// means that core and disk disagree, and going on would lose or repeat messages.
/// </summary>
internal sealed class SqliteWriter
{
    private readonly SqliteRows _rows;
    private readonly SqlitePartedWriter _parts;
    private readonly SqliteOutboxWriter _outbox;
    private readonly SqliteInboxWriter _inbox;
    private readonly SqliteConsumerWriter _consumers;
    private readonly SqliteAnonymousWriter _anonymous;

    public SqliteWriter(SqliteRows rows, SqlitePartedWriter parts)
    {
        _rows = rows;
        _parts = parts;
        _outbox = new SqliteOutboxWriter(rows, parts);
        _inbox = new SqliteInboxWriter(rows, parts);
        _consumers = new SqliteConsumerWriter(rows, _inbox, parts);
        _anonymous = new SqliteAnonymousWriter(rows);
    }

    public void Commit(IReadOnlyList<StoreOperation> operations) => _rows.Database.InTransaction(() =>
    {
        foreach (StoreOperation operation in operations)
        {
            Apply(operation);
        }
    });

    private void Apply(StoreOperation operation)
    {
        switch (operation)
        {
            case StoreOperation.OpenOutboundConversation open: _outbox.Open(open); break;
            case StoreOperation.AppendOutbox append: _outbox.Append(append); break;
            case StoreOperation.ReplaceWithTombstone replace: _outbox.Replace(replace); break;
            case StoreOperation.SettleOutbox settle: _outbox.Settle(settle); break;
            case StoreOperation.UpsertInboundConversation upsert: _inbox.Upsert(upsert.Conversation); break;
            case StoreOperation.OpenPartial open: _inbox.Open(open); break;
            case StoreOperation.PutFragment put: _inbox.Put(put); break;
            case StoreOperation.DropPartial drop: _inbox.Drop(drop.Place); break;
            case StoreOperation.AppendInbox append: _inbox.Append(append.Entry); break;
            case StoreOperation.ReleaseInbox release: _inbox.Release(release); break;
            case StoreOperation.ConsumeInbox consume: _inbox.Consume(consume.Position); break;
            case StoreOperation.Checkpoint checkpoint: _consumers.Checkpoint(checkpoint); break;
            case StoreOperation.CountDelivery count: _consumers.CountDelivery(count.Position); break;
            case StoreOperation.MoveToDeadLetters move: _consumers.MoveToDeadLetters(move); break;
            case StoreOperation.ReplayDeadLetter replay: _consumers.Replay(replay.Number); break;
            case StoreOperation.SetTentative set: _outbox.SetTentative(set); break;
            case StoreOperation.JoinOutbox join: _outbox.Join(join); break;
            case StoreOperation.MoveOutbox move: _outbox.Move(move); break;
            case StoreOperation.RecordGap record: _outbox.Record(record.Gap); break;
            case StoreOperation.StagePart stage: _parts.Stage(stage); break;
            case StoreOperation.DropStaged drop: _parts.DropStaged(drop.Id); break;
            case StoreOperation.OpenQuestion open: _anonymous.Open(open.Question); break;
            case StoreOperation.MoveQuestion move: _anonymous.Move(move); break;
            case StoreOperation.OpenReply open: _anonymous.Open(open); break;
            case StoreOperation.AppendReply append: _anonymous.Append(append); break;
            case StoreOperation.SettleReply settle: _anonymous.Settle(settle); break;
            default: throw new InvalidOperationException($"The store doesn't know {operation.GetType().Name}.");
        }
    }
}
