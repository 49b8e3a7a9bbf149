using System.Security.Cryptography;
using MixMq.Endpoint.Messaging.Wire;
using MixMq.Overlay;

namespace MixMq.Endpoint.Messaging.Receiving;

/// <summary>
/// Gathers messages of several fragments: every fragment goes to the store before it is acknowledged; the complete content is read back,
/// checked against the envelope's hash and settled. Small contents are gathered in memory as well, which spares the reading; great ones stay in the store, in
/// parts, and are hashed while they come in.
/// </summary>
internal sealed class Partials(MessagingContext context, InboxQuota quota, Settlement settlement, Acknowledger acknowledger)
{
    private const int MaxBuffered = 256 * 1024;
    private const long MaxBufferedTotal = 16L << 20;
    private const int MaxReads = 2;
    private const long KeepMillis = 24L * 3600 * 1000;
    private readonly Dictionary<ContentRequestId, Partial> _reads = [];
    private readonly Queue<Partial> _toRead = new();
    private readonly PriorityQueue<Partial, long> _byExpiry = new();
    private long _bytes;
    private long _buffered;

    public int Count { get; private set; }

    /// <summary>When the next partial is given up, Unix milliseconds.</summary>
    public long NextExpiry => _byExpiry.TryPeek(out _, out var due) ? due : long.MaxValue;

    /// <summary>Takes over a partial from the store.</summary>
    public void Restore(InboundConversation conversation, PartialState state, Envelope envelope)
    {
        var partial = new Partial(conversation, envelope, state.Envelope.ToArray(), state.FragmentCount) { Hash = state.InParts ? new() : null };
        foreach (var index in Enumerable.Range(0, state.Leading).Concat(state.Fragments.Where(index => index >= state.Leading)))
        {
            partial.Decide(index);
            partial.Store(index);
        }

        Register(partial);
        EnqueueRead(partial);
    }

    /// <summary>Whether there is room to gather the message.</summary>
    public bool HasRoom(InboundConversation conversation, Envelope envelope) =>
        conversation.Sender.PartialBytes + Cost(envelope) <= context.Options.MaxPartialBytesPerSender
        && _bytes + Cost(envelope) <= context.Options.MaxPartialBytes;

    /// <summary>Begins to gather a verified message for which there is room.</summary>
    public Partial Open(InboundConversation conversation, Envelope envelope, byte[] envelopeBytes, int count)
    {
        var inParts = envelope.ContentLength > context.Options.WholeContentBytes;
        var partial = new Partial(conversation, envelope, envelopeBytes, count) { Hash = inParts ? new() : null };
        if (!inParts && envelope.ContentLength <= MaxBuffered && _buffered + envelope.ContentLength <= MaxBufferedTotal)
        {
            partial.Buffer = new byte[envelope.ContentLength];
            _buffered += envelope.ContentLength;
        }

        Register(partial);
        context.Store.Touch(conversation);
        context.Store.Add(new StoreOperation.OpenPartial(envelope.Place, envelope.Id, envelopeBytes, envelope.ContentLength, count, inParts ? context.PieceBytes : 0), envelopeBytes.Length);
        return partial;
    }

    /// <summary>Takes a fragment whose tag is right.</summary>
    public void HandleFragment(Partial partial, int index, ReadOnlySpan<byte> bytes, Moment now)
    {
        if (partial.HasDecided(index))
        {
            context.Counters.DuplicateFragments++;
            if (partial.HasDurable(index))
            {
                // Its acknowledgement was lost, or the sender took it for one of another start.
                partial.AckDirty = true;
                partial.Conversation.Exchange.Known = false;
                acknowledger.Schedule(partial.Conversation, now, atOnce: true);
            }

            return;
        }

        if (context.Unstorable is { } cause)
        {
            context.Counters.Drop(cause);
            return;
        }

        if (index >= partial.Leading + MessagingConstants.FragmentSpan)
        {
            // No acknowledgement could tell of it.
            context.Counters.Drop(InboundDrop.OutOfWindow);
            return;
        }

        var (start, length) = partial.ContentOf(index, context.PieceBytes);
        var content = bytes[(bytes.Length - length)..];
        partial.Decide(index);
        if (partial.Buffer is { } buffer)
        {
            content.CopyTo(buffer.AsSpan((int)start));
            if (partial.Decided)
            {
                // Everything is here: no need to store the last fragment and read all of it back.
                Complete(partial, buffer, now);
                return;
            }
        }

        context.Store.Add(new StoreOperation.PutFragment(partial.Envelope.Place, index, content.ToArray()), content.Length);
        context.Store.Then(CommitEffectKind.FragmentStored, partial, index);
    }

    /// <summary>A fragment is durable.</summary>
    public void OnStored(Partial partial, int index, Moment now)
    {
        if (partial.Closed)
        {
            return;
        }

        partial.Store(index);
        partial.AckDirty = true;
        acknowledger.Schedule(partial.Conversation, now, atOnce: false);
        EnqueueRead(partial);
    }

    /// <summary>Takes the answer to a read.</summary>
    /// <returns>False: not a read of a partial's.</returns>
    public bool HandleContent(ContentRequestId id, ReadOnlyMemory<byte>? content, Moment now)
    {
        if (!_reads.Remove(id, out var partial))
        {
            return false;
        }

        if (!partial.Closed && partial.Hash is { } hash)
        {
            Hash(partial, hash, content, now);
        }
        else if (!partial.Closed)
        {
            Complete(partial, content, now);
        }

        return true;
    }

    /// <summary>Something else took the place, or the partial is given up.</summary>
    public void Drop(Partial partial)
    {
        Close(partial);
        context.Store.Add(new StoreOperation.DropPartial(partial.Envelope.Place));
    }

    /// <summary>Starts reads that are due and gives up partials whose senders have long forgotten them.</summary>
    public void Advance<TSink>(Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        while (_byExpiry.TryPeek(out var partial, out var due) && due <= now.UnixMillis)
        {
            _byExpiry.Dequeue();
            if (!partial.Closed)
            {
                Drop(partial);
            }
        }

        while (_reads.Count < MaxReads && context.Unstorable is null && _toRead.TryDequeue(out var partial))
        {
            if (!partial.Closed)
            {
                var id = context.NextContentRequestId();
                _reads.Add(id, partial);
                if (partial.Hash is { } hash)
                {
                    var length = Math.Min(PartialHash.ReadBytes, partial.LeadingBytes(context.PieceBytes) - hash.Hashed);
                    sink.ReadPartialPart(id, partial.Envelope.Place, hash.Hashed, (int)length);
                }
                else
                {
                    sink.ReadPartial(id, partial.Envelope.Place);
                }
            }
        }
    }

    private void Close(Partial partial)
    {
        partial.Closed = true;
        partial.Conversation.Partials.Remove(partial.Envelope.Sequence);
        quota.GiveBack(partial.Conversation, partial.Envelope.Sequence, partial.Envelope.ContentLength);
        partial.Conversation.Sender.PartialBytes -= Cost(partial.Envelope);
        _bytes -= Cost(partial.Envelope);
        Count--;
        if (partial.Buffer is { } buffer)
        {
            _buffered -= buffer.Length;
            partial.Buffer = null;
        }

        partial.Hash?.Dispose();
    }

    private void Complete(Partial partial, ReadOnlyMemory<byte>? content, Moment now)
    {
        Drop(partial);
        if (content is not { } bytes
            || bytes.Length != partial.Envelope.ContentLength
            || !SHA256.HashData(bytes.Span).AsSpan().SequenceEqual(partial.Envelope.ContentHash))
        {
            // Only the sender can have caused this: every fragment carried its tag. It may try again.
            context.Counters.Drop(InboundDrop.ContentHash);
            return;
        }

        settlement.Settle(partial.Conversation, partial.Envelope, bytes, now);
    }

    private void Hash(Partial partial, PartialHash hash, ReadOnlyMemory<byte>? content, Moment now)
    {
        hash.Append((content ?? ReadOnlyMemory<byte>.Empty).Span);
        partial.Reading = false;
        if (content is null)
        {
            // The disk has damaged it. What is left is of no use without the rest, which only the sender has.
            Drop(partial);
            context.Counters.Drop(InboundDrop.ContentHash);
        }
        else if (hash.Hashed < partial.Envelope.ContentLength)
        {
            EnqueueRead(partial);
        }
        else if (hash.Is(partial.Envelope.ContentHash))
        {
            Close(partial);
            settlement.Settle(partial.Conversation, partial.Envelope, ReadOnlyMemory<byte>.Empty, now, inParts: true);
        }
        else
        {
            Drop(partial);
            context.Counters.Drop(InboundDrop.ContentHash);
        }
    }

    // What is stored whole is read when all of it is there; what is stored in parts, as soon as there is enough to hash.
    private bool IsWorthReading(Partial partial) => partial.Durable
        ? partial.Buffer is null
        : partial.Hash is { } hash && partial.LeadingBytes(context.PieceBytes) - hash.Hashed >= PartialHash.ReadBytes;

    private void EnqueueRead(Partial partial)
    {
        if (!partial.Reading && IsWorthReading(partial))
        {
            partial.Reading = true;
            _toRead.Enqueue(partial);
        }
    }

    private void Register(Partial partial)
    {
        partial.Conversation.Partials.Add(partial.Envelope.Sequence, partial);
        quota.Take(partial.Conversation, partial.Envelope.Sequence, partial.Envelope.ContentLength);
        partial.Conversation.Sender.PartialBytes += Cost(partial.Envelope);
        _bytes += Cost(partial.Envelope);
        Count++;
        var expiry = partial.Envelope.ExpiresUnixMillis;
        _byExpiry.Enqueue(partial, expiry > long.MaxValue - KeepMillis ? long.MaxValue : expiry + KeepMillis);
    }

    // An envelope and the bookkeeping cost something too: many small partials are not free.
    private static long Cost(Envelope envelope) => envelope.ContentLength + 1024L;
}
