using MixMq.Endpoint.Messaging.Consuming;
using MixMq.Overlay;
using MixMq.Sphinx;

namespace MixMq.Endpoint.Messaging.Sending;

/// <summary>
/// Messages whose turn is far off are in the store alone. This part loads them by pages as their turn comes, finds those that expire or are cancelled meanwhile, and knows when one must go back. Of one
/// conversation one read is under way at a time.
/// </summary>
internal sealed class WaitingMessages(MessagingContext context, OutboundDirectory directory, ContentCache contents, Expiries expiries)
{
    private const int ExpiredAtOnce = 64;
    private const int MaxExpiryReads = 4;
    private const long AgainMillis = 20;
    private const long MovingMillis = 1000;
    private readonly Dictionary<ContentRequestId, (OutboundConversation Conversation, int Max, bool ByExpiry)> _reads = [];
    private readonly Dictionary<ContentRequestId, (Correspondent[] Correspondents, long Token)> _lookups = [];
    private readonly List<(MessageId Id, NodeAddress Recipient, long Token)> _parked = [];
    private readonly SortedSet<(long Due, long Number)> _due = [];
    private readonly Dictionary<long, OutboundConversation> _armed = [];
    private int _expiryReads;

    /// <summary>When some are to be looked through for expired ones, Unix milliseconds.</summary>
    public long NextExpiry => _expiryReads < MaxExpiryReads && _due.Count > 0 ? _due.Min.Due : long.MaxValue;

    /// <summary>What the store holds beyond what it has loaded.</summary>
    public void Restore(OutboxWaiting waiting, OutboundConversation conversation)
    {
        conversation.RestoreWaiting(waiting.First);
        conversation.Waiting.Put(waiting.Count, waiting.Bytes, waiting.First, waiting.ExpiresUnixMillis);
        directory.OnRestored(conversation.Correspondent, waiting.Count, waiting.Bytes);
        Arm(conversation, conversation.Waiting.Expiry);
    }

    /// <summary>A tombstone is durable: if it was taken from those that wait, it goes back to them.</summary>
    public void OnTombstone(OutboundMessage message)
    {
        // Not otherwise: of what waits nothing is below a message that stays.
        if (message.Sequence >= message.Conversation.Waiting.From)
        {
            TryLeave(message);
        }
    }

    /// <summary>A message is durable: where its turn is far off it needn't be in memory any longer.</summary>
    /// <returns>False: it stays, and is to be watched.</returns>
    public bool TryLeave(OutboundMessage message)
    {
        var conversation = message.Conversation;
        if (message.Recalled || message.Started || IsBeingReplaced(message) || message.Sequence < conversation.Cursor || !directory.MustWait(conversation, message.Sequence))
        {
            return false;
        }

        if (MayLeave(conversation))
        {
            Leave(message);
        }
        else
        {
            conversation.Waiting.HasGuests = true;
        }

        return true;
    }

    /// <summary>An outcome is durable.</summary>
    public static void OnSettled(OutboundMessage message)
    {
        var conversation = message.Conversation;
        if (message.Sequence >= conversation.Waiting.From && IsAsked(conversation))
        {
            conversation.Waiting.SettledMeanwhile.Add(message.Sequence);
        }
    }

    /// <summary>It is the conversation's turn: asks for the next page if what is loaded comes to its end.</summary>
    public void Continue<TSink>(OutboundConversation conversation, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        var waiting = conversation.Waiting;
        if (waiting.IsEmpty
            || waiting.Reading
            || waiting.MoveWanted
            || conversation.Exchange.Moving
            || waiting.From >= conversation.Base + MessagingConstants.SequenceWindow
            || waiting.From > conversation.Cursor + (ulong)directory.Page(conversation))
        {
            return;
        }

        waiting.Reading = true;
        var id = context.NextContentRequestId();
        var page = directory.Page(conversation);
        _reads.Add(id, (conversation, page, false));
        sink.ReadWaiting(id, conversation.Correspondent.Address, conversation.Id, waiting.From, page, byExpiry: false);
    }

    /// <summary>The conversation doesn't get on, and memory is scarce: its messages go back to those that wait, but for the first ones, and those below what the recipient is gathering or asked about.</summary>
    /// <returns>Whether any did.</returns>
    public bool GiveBack(OutboundConversation conversation)
    {
        if (conversation.Held <= directory.LeastHeld || !MayLeave(conversation) || !conversation.Recall.IsOver)
        {
            return false;
        }

        var messages = Array.FindAll(conversation.From(conversation.Base), message => message.Sequence < conversation.Waiting.From);
        var kept = Math.Max(directory.LeastHeld, 1 + Array.FindLastIndex(messages, MustStay));
        foreach (var message in messages.Skip(kept).Where(static message => message.Committed))
        {
            message.Forget();
            Leave(message);
        }

        conversation.OnLeft();
        return kept < messages.Length;
    }

    /// <summary>Looks for what has expired.</summary>
    public void Advance<TSink>(Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        while (NextExpiry <= now.UnixMillis)
        {
            var conversation = _armed[_due.Min.Number];
            var waiting = conversation.Waiting;
            if (waiting.Reading || waiting.MoveWanted || conversation.Exchange.Moving)
            {
                Arm(conversation, now.UnixMillis + (waiting.Reading ? AgainMillis : MovingMillis));
                continue;
            }

            Disarm(conversation);
            if (waiting.IsEmpty)
            {
                continue;
            }

            waiting.Reading = true;
            _expiryReads++;
            var id = context.NextContentRequestId();
            _reads.Add(id, (conversation, ExpiredAtOnce, true));
            sink.ReadWaiting(id, conversation.Correspondent.Address, conversation.Id, waiting.From, ExpiredAtOnce, byExpiry: true);
        }
    }

    /// <summary>A message that isn't in memory is to be cancelled: the store is asked whether there is one.</summary>
    /// <returns>False: there is none.</returns>
    public bool TryCancel<TSink>(long token, MessageId id, NodeAddress recipient, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        var correspondents = directory.FindAll(recipient);
        var conversations = correspondents.SelectMany(static correspondent => correspondent.Conversations.Values);
        if (conversations.Any(static conversation => conversation.Exchange.Moving || conversation.Waiting.MoveWanted))
        {
            // Its place may be another one afterwards.
            _parked.Add((id, recipient, token));
            return true;
        }

        if (conversations.All(static conversation => conversation.Waiting.IsEmpty))
        {
            return false;
        }

        Array.ForEach(correspondents, static correspondent => correspondent.Lookups++);
        var request = context.NextContentRequestId();
        _lookups.Add(request, (correspondents, token));
        sink.ReadUnsettled(request, id);
        return true;
    }

    /// <summary>Takes the answer to a read.</summary>
    /// <returns>What may go on; null: nothing.</returns>
    public OutboundConversation? Handle<TSink>(ContentRequestId id, ReadOnlySpan<OutboxEntry> entries, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        if (_lookups.Remove(id, out var lookup))
        {
            Array.ForEach(lookup.Correspondents, static correspondent => correspondent.Lookups--);
            Cancel(lookup.Token, entries, ref sink);
            foreach (var other in lookup.Correspondents.SelectMany(static correspondent => correspondent.Conversations.Values))
            {
                OnAnswered(other);
            }

            return null;
        }

        if (!_reads.Remove(id, out var read))
        {
            return null;
        }

        read.Conversation.Waiting.Reading = false;
        if (read.ByExpiry)
        {
            _expiryReads--;
            TakeExpired(read.Conversation, entries, now);
        }
        else
        {
            TakePage(read.Conversation, entries, entries.Length < read.Max);
        }

        OnAnswered(read.Conversation);
        return read.Conversation;
    }

    /// <summary>A conversation's messages have their places for good.</summary>
    public void OnMoved<TSink>(OutboundConversation conversation, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        Sweep(conversation);
        (MessageId Id, NodeAddress Recipient, long Token)[] parked = [.. _parked];
        _parked.Clear();
        foreach (var (id, recipient, token) in parked)
        {
            if (!TryCancel(token, id, recipient, ref sink))
            {
                sink.CancelCompleted(token, CancelOutcome.Settled);
            }
        }
    }

    /// <summary>All that a conversation has is in the store alone from now on, behind what another one has; nothing of it is being asked for or replaced.</summary>
    public void Join(OutboundConversation from, OutboundConversation into, ulong target)
    {
        foreach (var message in from.From(0))
        {
            foreach (var token in message.Cancels ?? [])
            {
                _parked.Add((message.Id, into.Correspondent.Address, token));
            }

            message.Cancels = null;
            from.Correspondent.Window.Forget(message.CountInFlight());
            message.Forget();
            Leave(message);
        }

        Disarm(from);
        into.Waiting.Put(from.Waiting.Count, from.Waiting.Bytes, target, from.Waiting.Expiry);
        directory.Join(from, into);
        if (into.Waiting.Expiry < into.Waiting.Due)
        {
            Arm(into, into.Waiting.Expiry);
        }
    }

    private static bool IsAsked(OutboundConversation conversation) => conversation.Waiting.Reading || conversation.Correspondent.Lookups > 0;

    private static bool MayLeave(OutboundConversation conversation) => !IsAsked(conversation) && !conversation.Exchange.Moving;

    // Its tombstone will take its place, and goes back then.
    private static bool IsBeingReplaced(OutboundMessage message) => !message.Tombstone && (message.Expiring || message.ExpiryEntries > 0 || message.Cancels is not null);

    // What the recipient has of it, or was just asked about, isn't forgotten, nor what is in flight: that nothing comes of it tells an outage. What is changing in the store isn't left to it.
    private static bool MustStay(OutboundMessage message) =>
        message.Recalled || message.Settled || message.IsBeingGathered || message.Content.Missing || message.TooLarge || message.Cancels is not null || (message.Expiring && !message.Tombstone)
        || message.Conversation.HoldBack?.Probe == message.Sequence || message.CountInFlight() > 0;

    // What the store tells of it may be from before: it is in memory, or was until it was settled.
    private static bool Waits(in OutboxEntry entry, OutboundConversation conversation) =>
        entry.Sequence >= conversation.Waiting.From && !conversation.Waiting.SettledMeanwhile.Contains(entry.Sequence) && !conversation.TryGet(entry.Sequence, out _);

    private void OnAnswered(OutboundConversation conversation)
    {
        if (!IsAsked(conversation))
        {
            conversation.Waiting.SettledMeanwhile.Clear();
        }

        Sweep(conversation);
    }

    private void Leave(OutboundMessage message)
    {
        var conversation = message.Conversation;
        expiries.OnSettled(message);
        contents.Release(message);
        conversation.Leave(message);
        conversation.Waiting.Put(1, message.ContentLength, message.Sequence, message.Tombstone ? long.MaxValue : message.ExpiresUnixMillis);
        directory.OnLeft(conversation);
        if (conversation.Waiting.Expiry < conversation.Waiting.Due)
        {
            Arm(conversation, conversation.Waiting.Expiry);
        }
    }

    // In memory stays what belongs there; what came while the store was asked goes back, or is watched from now on.
    private void Sweep(OutboundConversation conversation)
    {
        var waiting = conversation.Waiting;
        if (!waiting.HasGuests || !MayLeave(conversation))
        {
            return;
        }

        waiting.HasGuests = false;
        foreach (var message in conversation.From(0))
        {
            if (message is not { Committed: true, Settled: false, Recalled: false } || IsBeingReplaced(message))
            {
                continue;
            }

            if (message.Sequence >= waiting.From && !message.Started)
            {
                Leave(message);
            }
            else if (!message.Tombstone)
            {
                expiries.Watch(message);
            }
        }
    }

    private void TakePage(OutboundConversation conversation, ReadOnlySpan<OutboxEntry> entries, bool isLast)
    {
        var waiting = conversation.Waiting;
        foreach (var entry in entries)
        {
            if (Waits(entry, conversation))
            {
                var message = Load(entry, conversation);
                if (entry.Damaged)
                {
                    expiries.ExpireNow(message);
                }
                else if (!entry.Tombstone)
                {
                    expiries.Watch(message);
                }

                context.Resignatures.Add(message);
            }
        }

        if (isLast)
        {
            // All that waited is there now; should the store have told of more, it was wrong.
            directory.OnMissing(conversation.Correspondent, waiting.Count, waiting.Bytes);
            waiting.Clear();
        }
        else
        {
            waiting.Advance(entries[^1].Sequence + 1);
        }

        conversation.OnLoaded();
    }

    private void TakeExpired(OutboundConversation conversation, ReadOnlySpan<OutboxEntry> entries, Moment now)
    {
        var waiting = conversation.Waiting;
        var next = entries.Length < ExpiredAtOnce ? long.MaxValue : now.UnixMillis;
        foreach (var entry in entries)
        {
            if (entry.ExpiresUnixMillis > now.UnixMillis)
            {
                next = entry.ExpiresUnixMillis;
                break;
            }

            if (Waits(entry, conversation))
            {
                expiries.ExpireNow(Load(entry, conversation));
            }
        }

        waiting.Expiry = waiting.IsEmpty ? long.MaxValue : next;
        Arm(conversation, waiting.Expiry == long.MaxValue ? long.MaxValue : Math.Max(waiting.Expiry, now.UnixMillis + AgainMillis));
    }

    private void Cancel<TSink>(long token, ReadOnlySpan<OutboxEntry> entries, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        if (entries is [{ Tombstone: false } entry] && directory.Find(entry.Recipient, entry.Conversation) is { } conversation)
        {
            if (!conversation.TryGet(entry.Sequence, out var message) && Waits(entry, conversation))
            {
                message = Load(entry, conversation);
            }

            if (message is { Settled: false, Recalled: false, Tombstone: false } && message.Id == entry.Id)
            {
                (message.Cancels ??= []).Add(token);
                expiries.ExpireNow(message);
                return;
            }
        }

        sink.CancelCompleted(token, CancelOutcome.Settled);
    }

    private OutboundMessage Load(OutboxEntry entry, OutboundConversation conversation)
    {
        var message = OutboundMessage.Of(entry, conversation);
        conversation.Waiting.Take(message.ContentLength);
        conversation.Add(message);
        directory.OnLoaded(conversation);
        return message;
    }

    private void Arm(OutboundConversation conversation, long due)
    {
        Disarm(conversation);
        if (due != long.MaxValue)
        {
            conversation.Waiting.Due = due;
            _due.Add((due, conversation.Number));
            _armed[conversation.Number] = conversation;
        }
    }

    private void Disarm(OutboundConversation conversation)
    {
        _due.Remove((conversation.Waiting.Due, conversation.Number));
        _armed.Remove(conversation.Number);
        conversation.Waiting.Due = long.MaxValue;
    }
}
