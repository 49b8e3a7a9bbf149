using System.Collections.Immutable;
using MixMq.Endpoint.Messaging.Receiving;

namespace MixMq.Endpoint.Messaging;

/// <summary>Gathers the store operations of one input into a batch, and keeps what follows from each batch until it is durable.</summary>
internal sealed class StoreQueue
{
    private readonly ImmutableArray<StoreOperation>.Builder _operations = ImmutableArray.CreateBuilder<StoreOperation>();
    private readonly List<InboundConversation> _touched = [];
    private readonly Queue<Batch> _uncommitted = new();
    private List<CommitEffect> _effects = [];
    private long _bytes;
    private long _last;

    /// <summary>Bytes gathered or handed out and not yet durable.</summary>
    public long UncommittedBytes { get; private set; }

    public void Add(StoreOperation operation, int bytes = 0)
    {
        _operations.Add(operation);
        _bytes += bytes;
        UncommittedBytes += bytes;
    }

    public void Then(CommitEffectKind kind, object? target, long number = 0) => _effects.Add(new(kind, target, number));

    /// <summary>The conversation's row is to be written with this batch, once, as it stands when the batch closes.</summary>
    public void Touch(InboundConversation conversation)
    {
        if (!conversation.Touched)
        {
            conversation.Touched = true;
            _touched.Add(conversation);
        }
    }

    /// <summary>Closes the batch, if there is anything in it, and hands it out.</summary>
    public void Flush<TSink>(ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        if (_operations.Count == 0 && _touched.Count == 0)
        {
            return;
        }

        // The conversations come first: their rows are what the others hang on.
        for (var i = 0; i < _touched.Count; i++)
        {
            _touched[i].Touched = false;
            _operations.Insert(i, new StoreOperation.UpsertInboundConversation(_touched[i].ToState()));
        }

        _touched.Clear();
        _uncommitted.Enqueue(new(++_last, _bytes, _effects));
        _effects = [];
        _bytes = 0;
        sink.Commit(_last, _operations.DrainToImmutable());
    }

    /// <summary>Takes what follows from a batch that is durable now.</summary>
    /// <exception cref="InvalidOperationException">It isn't the next one: the shell broke the order.</exception>
    public List<CommitEffect> TakeCommitted(long number)
    {
        if (!_uncommitted.TryPeek(out var batch) || batch.Number != number)
        {
            throw new InvalidOperationException("Batches become durable one by one, in the order of their numbers.");
        }

        _uncommitted.Dequeue();
        UncommittedBytes -= batch.Bytes;
        return batch.Effects;
    }

    private sealed record Batch(long Number, long Bytes, List<CommitEffect> Effects);
}
