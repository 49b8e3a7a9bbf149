using System.Diagnostics.CodeAnalysis;
using MixMq.Sphinx;

namespace MixMq.Endpoint.Messaging.Consuming;

/// <summary>
/// What is ready in the inbox and not consumed, by conversation. Nothing is read before the first consumer comes; then the store is read once from its
/// first unconsumed position to its last, a page at a time, and followed from there. Of each conversation a few messages are kept, so that a long backlog
/// of one neither fills the memory nor hides the others; the rest is read when it is wanted. Conversations are kept once they were seen: the inbox has as many at most as
/// <see cref="EndpointOptions.MaxInboundConversations"/>.
/// </summary>
internal sealed class Backlog(MessagingContext context, ulong readyUpTo)
{
    private readonly Dictionary<(NodeAddress, ConversationId), InboxQueue> _queues = [];
    private readonly Dictionary<ulong, Head> _byPosition = [];
    private readonly Dictionary<ContentRequestId, InboxQueue> _refills = [];
    private readonly Dictionary<ContentRequestId, ulong> _single = [];
    private readonly Queue<InboxQueue> _hungry = new();
    private readonly Queue<ulong> _replayed = new();
    private readonly HashSet<ulong> _wanted = [];
    private ulong _readyUpTo = readyUpTo;
    private ulong _readUpTo;
    private ulong _target;
    private ContentRequestId? _scan;

    /// <summary>Conversations that nobody has and in which something waits.</summary>
    public SortedSet<InboxQueue> Unheld { get; } = new(InboxQueue.ByNext);

    /// <summary>Something came in, or went back, since this was last set to false.</summary>
    public bool HasChanged { get; set; }

    /// <summary>Everything that is ready was read, as far as it is to be kept.</summary>
    public bool IsCaughtUp => _scan is null && _readUpTo >= _readyUpTo && _refills.Count == 0 && _hungry.Count == 0 && _single.Count == 0 && _replayed.Count == 0;

    /// <summary>
    /// Something was replayed that isn't in memory again yet. Until it is, what stands behind it in its conversation would pass it, and which conversation that is isn't known: so nothing is to be given.
    /// </summary>
    public bool IsReplaying => _replayed.Count > 0 || _single.Count > 0;

    /// <summary>Entries up to this position are durable.</summary>
    public void OnReady(ulong position) => _readyUpTo = Math.Max(_readyUpTo, position);

    /// <summary>The entry at this position is unconsumed again.</summary>
    public void OnReplayed(ulong position)
    {
        // What isn't read yet will be, and what is in memory is known to be unconsumed. A page that is being read may be from before.
        if ((position <= _readUpTo || _scan is not null) && !_byPosition.ContainsKey(position) && _wanted.Add(position))
        {
            _replayed.Enqueue(position);
        }
    }

    public bool TryGet(ulong position, [NotNullWhen(true)] out Head? head) => _byPosition.TryGetValue(position, out head);

    /// <summary>The message is consumed, or gone to the dead letters: it isn't anybody's any more.</summary>
    public void Forget(Head head)
    {
        _byPosition.Remove(head.Position);
        head.Queue.Given.Remove(head);
        if (head.Queue.Waiting.Remove(head))
        {
            head.Queue.Place(Unheld);
            ReadMore(head.Queue);
        }
    }

    /// <summary>The queue's first message leaves it, to whoever holds the queue.</summary>
    public Head Give(InboxQueue queue)
    {
        var head = queue.Waiting.Min!;
        queue.Waiting.Remove(head);
        queue.Given.Add(head);
        queue.Place(Unheld);
        ReadMore(queue);
        return head;
    }

    /// <summary>Messages that were given from a sequence on wait again, in their order; not those that a checkpoint consumes.</summary>
    /// <returns>How many they were.</returns>
    public int TakeBack(InboxQueue queue, ulong fromSequence)
    {
        var back = queue.Given.Where(head => head.Sequence >= fromSequence && !head.IsBeingConsumed).ToList();
        foreach (var head in back)
        {
            queue.Given.Remove(head);
            queue.Waiting.Add(head);
        }

        queue.Place(Unheld);
        HasChanged = true;
        return back.Count;
    }

    /// <summary>The holder is gone: the conversation is anybody's.</summary>
    public void Release(InboxQueue queue)
    {
        queue.In?.Remove(queue);
        queue.In = null;
        queue.Holder = null;
        queue.Place(Unheld);
        HasChanged = true;
    }

    /// <summary>Takes the answer to one of this half's reads.</summary>
    /// <returns>False: it isn't.</returns>
    public bool HandleHeads(ContentRequestId id, ReadOnlySpan<InboxHead> heads)
    {
        HasChanged = true;
        if (id == _scan)
        {
            _scan = null;
            foreach (var head in heads)
            {
                Add(head);
            }

            // A page that isn't full is the last one of what was there when it was asked for, and may have what came since.
            var last = heads.IsEmpty ? 0 : heads[^1].Position;
            _readUpTo = Math.Max(_readUpTo, heads.Length < ConsumingTuning.PageHeads ? Math.Max(_target, last) : last);
            return true;
        }

        if (_refills.Remove(id, out var queue))
        {
            Refill(queue, heads);
            return true;
        }

        if (_single.Remove(id, out var position))
        {
            // What is beyond the pages that were read comes with a later one.
            _wanted.Remove(position);
            if (position <= _readUpTo && heads is [var head, ..] && head.Position == position && !_byPosition.ContainsKey(position))
            {
                AddReplayed(head);
            }

            return true;
        }

        return false;
    }

    /// <summary>Asks the store for what is wanted next.</summary>
    public void Advance<TSink>(ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        if (_scan is null && _readUpTo < _readyUpTo)
        {
            _target = _readyUpTo;
            _scan = context.NextContentRequestId();
            sink.ReadInboxHeads(_scan.Value, _readUpTo, ConsumingTuning.PageHeads);
        }

        while (_hungry.TryDequeue(out var queue))
        {
            var id = context.NextContentRequestId();
            _refills.Add(id, queue);
            sink.ReadConversationHeads(id, new Place(queue.Sender, queue.Conversation, queue.LastKept), ConsumingTuning.MaxWaitingOfConversation);
        }

        // Not all at once: who reads for the core waits for it when its answers aren't taken, and the core for him when he has too much to do.
        while (_single.Count < ConsumingTuning.MaxReplayedReads && _replayed.TryDequeue(out var position))
        {
            var id = context.NextContentRequestId();
            _single.Add(id, position);
            sink.ReadInboxHeads(id, position - 1, 1);
        }
    }

    private void Add(in InboxHead head)
    {
        var queue = QueueOf(head.Place);
        if (queue.IsCut || queue.Waiting.Count >= ConsumingTuning.MaxWaitingOfConversation)
        {
            queue.CutWhileReading |= queue.IsReading;
            queue.IsCut = true;
        }
        else
        {
            KeepNew(head, queue);
        }
    }

    private void AddReplayed(in InboxHead head)
    {
        // Beyond what is kept of a long backlog it will be read with the rest.
        var queue = QueueOf(head.Place);
        if (!queue.IsCut || head.Place.Sequence <= queue.LastKept)
        {
            Keep(head, queue);
        }
    }

    private void Refill(InboxQueue queue, ReadOnlySpan<InboxHead> heads)
    {
        queue.IsReading = false;
        queue.IsCut = queue.CutWhileReading || heads.Length >= ConsumingTuning.MaxWaitingOfConversation;
        queue.CutWhileReading = false;
        foreach (var head in heads)
        {
            KeepNew(head, queue);
        }

        ReadMore(queue);
    }

    private void ReadMore(InboxQueue queue)
    {
        if (queue.IsCut && !queue.IsReading && queue.Waiting.Count <= ConsumingTuning.MaxWaitingOfConversation / 2)
        {
            queue.IsReading = true;
            _hungry.Enqueue(queue);
        }
    }

    // What isn't beyond what was kept was read twice, and may be consumed by now.
    private void KeepNew(in InboxHead head, InboxQueue queue)
    {
        if (head.Place.Sequence > queue.LastKept)
        {
            Keep(head, queue);
        }
    }

    private void Keep(in InboxHead head, InboxQueue queue)
    {
        var kept = new Head(queue, head);
        _byPosition.Add(kept.Position, kept);
        queue.Keep(kept);
        queue.Place(Unheld);
    }

    private InboxQueue QueueOf(in Place place)
    {
        var key = (place.Sender, place.Conversation);
        if (!_queues.TryGetValue(key, out var queue))
        {
            queue = new(place.Sender, place.Conversation);
            _queues.Add(key, queue);
        }

        return queue;
    }
}
