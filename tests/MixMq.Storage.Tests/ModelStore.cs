using System.Collections.Immutable;
using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Anonymous;
using MixMq.Endpoint.Messaging.Consuming;
using MixMq.Sphinx;

namespace MixMq.Storage.Tests;

/// <summary>The reference: the store's contract in the plainest form, in memory. Its state is one immutable value, so a failed batch leaves nothing.</summary>
internal sealed partial class ModelStore : IMessageStore
{
    private State _state = State.Empty;

    public EndpointState Load(int outboxPage = int.MaxValue) => new()
    {
        OutboundConversations =
        [
            .. _state.Outbound.Values.Select(row => row with
            {
                FirstGap = _state.Gaps.Select(row => row.Gap).Where(gap => gap.Kind == GapKind.Sent && gap.Peer == row.Recipient && gap.Conversation == row.Conversation)
                    .Select(gap => gap.First).DefaultIfEmpty().Min(),
            }),
        ],
        Outbox = [.. Unsettled().SelectMany(rows => rows.Take(Page(rows, outboxPage)))],
        Waiting =
        [
            .. Unsettled().Where(rows => rows.Length > Page(rows, outboxPage)).Select(rows => (All: rows, Left: rows[Page(rows, outboxPage)..])).Select(rows => new OutboxWaiting(
                rows.All[0].Recipient,
                rows.All[0].Conversation,
                rows.Left.Length == rows.All.Length ? rows.All[0].Sequence : rows.All[^(rows.Left.Length + 1)].Sequence + 1,
                rows.Left.Length,
                rows.Left.Sum(entry => entry.ContentLength),
                rows.Left.Count(entry => entry.Tombstone),
                rows.All.Where(entry => !entry.Tombstone).Select(entry => entry.ExpiresUnixMillis).DefaultIfEmpty(long.MaxValue).Min())),
        ],
        InboundConversations = [.. _state.Inbound.Values],
        Held = [.. _state.Inbox.Values.Where(row => row.Entry.State == InboxState.Held).Select(row => new HeldEntry(row.Entry.Place, Bytes(row.Entry)))],
        InboxUsage =
        [
            .. _state.Inbox.Values.Where(row => !row.Consumed).Select(row => row.Entry).Concat(_state.DeadLetters.Values.Select(letter => letter.Entry))
                .GroupBy(entry => (entry.Place.Sender, Replies: entry.Place.Conversation == AnonymousPlaces.Replies))
                .Select(sender => new InboxUsage(sender.Key.Sender, sender.Count(), sender.Sum(Bytes), sender.Key.Replies)),
        ],
        Partials =
        [
            .. _state.Partials.Values.Select(row => new PartialState(
                row.Open.Place, row.Open.Id, row.Open.Envelope, row.Open.ContentLength, row.Open.FragmentCount, [.. row.Fragments.Keys], row.Open.PieceBytes > 0)),
        ],
        Former =
        [
            .. _state.Inbound.Values.Where(row => row.FormerLast > 0).Select(row => new FormerMessages(
                new Place(row.Sender, row.Conversation, 0), [.. ReadFormer(new Place(row.Sender, row.Conversation, row.FormerFirst), row.FormerLast, int.MaxValue)])),
        ],
        Questions = [.. _state.Questions.Values.Where(row => row.Stored.Status is QuestionStatus.Waiting or QuestionStatus.Answered).Select(row => row.Stored)],
        Replies = [.. _state.Replies.Values.Where(row => row.Status == ReplyStatus.Pending).Select(row => row.Reply)],
        LastInboxPosition = _state.LastPosition,
    };

    public void Commit(IReadOnlyList<StoreOperation> operations) => _state = operations.Aggregate(_state, Apply);

    public ReadOnlyMemory<byte>? ReadOutboxContent(MessageId id) => _state.Outbox.TryGetValue(id, out OutboxRow? row) && !row.Entry.InParts ? row.Content : null;

    public ReadOnlyMemory<byte>? ReadPartial(Place place)
    {
        if (!_state.Partials.TryGetValue(place, out PartialRow? row) || row.Open.PieceBytes > 0)
        {
            return null;
        }

        return row.Fragments.Values.SelectMany(fragment => fragment.ToArray()).ToArray();
    }

    public IReadOnlyList<InboxHead> ReadInboxHeads(ulong afterPosition, int maxHeads) =>
    [
        .. Unconsumed().Where(head => head.Position > afterPosition).OrderBy(head => head.Position).Take(maxHeads),
    ];

    public IReadOnlyList<InboxHead> ReadConversationHeads(Place after, int maxHeads) =>
    [
        .. Unconsumed()
            .Where(head => head.Place.Sender == after.Sender && head.Place.Conversation == after.Conversation && head.Place.Sequence > after.Sequence)
            .OrderBy(head => head.Place.Sequence).Take(maxHeads),
    ];

    public IReadOnlyList<InboxItem> ReadInbox(ulong afterPosition, int maxItems, long maxBytes, bool includeConsumed = false)
    {
        var items = new List<InboxItem>();
        long bytes = 0;
        foreach (InboxItem row in _state.Inbox.Values
            .Where(row => row.Entry.State == InboxState.Ready && row.Entry.Position > afterPosition && (includeConsumed || !row.Consumed))
            .OrderBy(row => row.Entry.Position)
            .Take(maxItems))
        {
            bytes += row.Entry.Content.Length;
            if (items.Count > 0 && bytes > maxBytes)
            {
                break;
            }

            items.Add(row);
        }

        return items;
    }

    public OutboxTrack? Track(MessageId id) => TrackReply(id) ?? (_state.Outbox.TryGetValue(id, out OutboxRow? row)
        ? new OutboxTrack(row.Status, row.Entry.Recipient, row.Entry.Sequence, row.Entry.CreatedUnixMillis, row.Entry.ExpiresUnixMillis, row.Settled)
        : null);

    public bool IsShortOfSpace => false;

    /// <summary>All that is due, at once.</summary>
    public int Upkeep(StoreRetention retention, long nowUnixMillis, int maxRows)
    {
        State before = _state;
        _state = _state.WithoutOld(retention, nowUnixMillis);
        return ReferenceEquals(before, _state) ? 0 : 1;
    }

    public ConsumerState? ReadConsumer(string name) => _state.Consumers.GetValueOrDefault(name);

    public bool HasCheckpoint(CheckpointId id) => _state.Checkpoints.Contains(id);

    public IReadOnlyList<DeadLetter> ReadDeadLetters(long afterNumber, int maxItems) =>
    [
        .. _state.DeadLetters.Values.Where(letter => letter.Number > afterNumber).Take(maxItems)
            .Select(letter => letter with { Entry = letter.Entry with { Content = ReadOnlyMemory<byte>.Empty } }),
    ];

    public DeadLetter? ReadDeadLetter(long number) => _state.DeadLetters.GetValueOrDefault(number);

    public IReadOnlyList<QuarantinedRow> ReadQuarantine(long afterNumber, int maxRows) => [];

    public IReadOnlyList<KeptMessage> ReadKept(NodeAddress recipient, ConversationId conversation, ulong first, ulong end, int maxMessages) =>
    [
        .. _state.Outbox.Values
            .Where(row => row.Entry.Recipient == recipient && row.Entry.Conversation == conversation && row.Entry.Sequence >= first && row.Entry.Sequence < end
                && (row.Status == OutboxStatus.Expired || (row.Status == OutboxStatus.Acknowledged && row.Content is not null)))
            .OrderBy(row => row.Entry.Sequence).Take(maxMessages)
            .Select(row => new KeptMessage(
                row.Entry.Id, row.Entry.Sequence, row.Entry.Envelope, row.Entry.Label, row.Content?.Length ?? 0, row.Entry.CreatedUnixMillis, row.Entry.ExpiresUnixMillis,
                row.Status == OutboxStatus.Expired, row.Entry.InParts && row.Content is not null)),
    ];

    public IReadOnlyList<OutboxEntry> ReadWaiting(NodeAddress recipient, ConversationId conversation, ulong first, int maxEntries, bool byExpiry) =>
    [
        .. _state.Outbox.Values.Where(row => row.IsOpen).Select(row => row.Entry)
            .Where(entry => entry.Recipient == recipient && entry.Conversation == conversation && entry.Sequence >= first && !(byExpiry && entry.Tombstone))
            .OrderBy(entry => byExpiry ? entry.ExpiresUnixMillis : 0).ThenBy(entry => entry.Sequence).Take(maxEntries),
    ];

    public OutboxEntry? ReadUnsettled(MessageId id) => _state.Outbox.TryGetValue(id, out OutboxRow? row) && row.IsOpen ? row.Entry : null;

    public IReadOnlyList<MessageId> ReadFormer(Place first, ulong last, int maxIds) =>
    [
        .. _state.Inbox.Values
            .Select(row => row.Entry)
            .Where(entry => entry.Place.Sender == first.Sender && entry.Place.Conversation == first.Conversation && entry.Place.Sequence >= first.Sequence
                && entry.Place.Sequence <= last && !entry.Tombstone)
            .OrderByDescending(entry => entry.Place.Sequence).Take(maxIds).Select(entry => entry.Id),
    ];

    public IReadOnlyList<StoredGap> ReadGaps(long afterNumber, int maxGaps) =>
        [.. _state.Gaps.Where(gap => gap.Number > afterNumber).Take(maxGaps)];

    public StoreCounts Count() => new(
        _state.Outbox.Values.Count(row => row.IsOpen),
        _state.Outbox.Values.Count(row => row.Status == OutboxStatus.Acknowledged) + _state.PrunedAcknowledged,
        _state.Outbox.Values.Count(row => row.Status == OutboxStatus.Expired) + _state.PrunedExpired,
        _state.Inbox.Values.Count(row => row.Entry.State == InboxState.Ready && !row.Consumed),
        _state.Inbox.Values.Count(row => row.Entry.State == InboxState.Held),
        _state.Inbox.Values.Count(row => row.Consumed) + _state.PrunedConsumed,
        _state.Partials.Count,
        0,
        _state.DeadLetters.Count,
        _state.Gaps.Count);

    public void Dispose()
    {
    }

    private IEnumerable<InboxHead> Unconsumed() => _state.Inbox.Values
        .Where(row => row.Entry.State == InboxState.Ready && !row.Consumed)
        .Select(row => new InboxHead(row.Entry.Position, row.Entry.Place, row.Deliveries, Bytes(row.Entry)));

    private static State Apply(State state, StoreOperation operation)
    {
        switch (operation)
        {
            case StoreOperation.OpenOutboundConversation open:
                Require(!state.Outbound.ContainsKey((open.Recipient, open.Conversation)));
                return state with
                {
                    Outbound = state.Outbound.Add(
                        (open.Recipient, open.Conversation), new(open.Recipient, open.Conversation, open.Name, open.Secret, open.NextSequence)),
                };
            case StoreOperation.AppendOutbox append:
                (NodeAddress, ConversationId) key = (append.Entry.Recipient, append.Entry.Conversation);
                Require(state.Outbound.TryGetValue(key, out OutboundConversationState? conversation) && conversation.NextSequence == append.Entry.Sequence);
                ReadOnlyMemory<byte> content = append.Entry.InParts ? state.Staged.GetValueOrDefault(append.Entry.Id) : append.Content;
                Require(!state.Outbox.ContainsKey(append.Entry.Id) && append.Entry.ContentLength == content.Length && !append.Entry.Tombstone);
                Require(!append.Entry.InParts || (append.Content.IsEmpty && state.Staged.ContainsKey(append.Entry.Id)));
                return state with
                {
                    Staged = append.Entry.InParts ? state.Staged.Remove(append.Entry.Id) : state.Staged,
                    Outbound = state.Outbound.SetItem(key, conversation! with { NextSequence = append.Entry.Sequence + 1 }),
                    Outbox = state.Outbox.Add(append.Entry.Id, new(append.Entry, content, OutboxStatus.Pending, 0)),
                };
            case StoreOperation.ReplaceWithTombstone replace:
                Require(state.Outbox.TryGetValue(replace.Id, out OutboxRow? pending) && pending.Status == OutboxStatus.Pending);
                OutboxEntry tombstone = pending!.Entry with { Envelope = replace.Envelope, Tombstone = true, ContentLength = 0, InParts = false };
                return state with { Outbox = state.Outbox.SetItem(replace.Id, new(tombstone, null, OutboxStatus.Expiring, 0)) };
            case StoreOperation.SettleOutbox settle:
                Require(state.Outbox.TryGetValue(settle.Id, out OutboxRow? unsettled) && unsettled.IsOpen);
                Require(settle.Status is OutboxStatus.Acknowledged or OutboxStatus.Expired);
                return state with
                {
                    Outbox = state.Outbox.SetItem(settle.Id, unsettled! with
                    {
                        Content = settle.Status == OutboxStatus.Acknowledged && !settle.DropsContent && unsettled.Status == OutboxStatus.Pending ? unsettled.Content : null,
                        Status = settle.Status,
                        Settled = settle.UnixMillis,
                    }),
                };
            case StoreOperation.UpsertInboundConversation upsert:
                return state with { Inbound = state.Inbound.SetItem((upsert.Conversation.Sender, upsert.Conversation.Conversation), upsert.Conversation) };
            case StoreOperation.OpenPartial open:
                Require(state.Receives(open.Place) && !state.Inbox.ContainsKey(open.Place) && !state.Partials.ContainsKey(open.Place));
                return state with { Partials = state.Partials.Add(open.Place, new(open, ImmutableSortedDictionary<int, ReadOnlyMemory<byte>>.Empty)) };
            case StoreOperation.PutFragment put:
                Require(state.Partials.TryGetValue(put.Place, out PartialRow? partial) && !partial.Fragments.ContainsKey(put.Index));
                Require(put.Index >= 0 && put.Index < partial!.Open.FragmentCount);
                return state with { Partials = state.Partials.SetItem(put.Place, partial! with { Fragments = partial.Fragments.Add(put.Index, put.Content) }) };
            case StoreOperation.DropPartial drop:
                Require(state.Partials.ContainsKey(drop.Place));
                return state with { Partials = state.Partials.Remove(drop.Place) };
            case StoreOperation.AppendInbox append:
                Require(state.Receives(append.Entry.Place) && !state.Inbox.ContainsKey(append.Entry.Place));
                Require(append.Entry.State == InboxState.Ready ? append.Entry.Position > state.LastPosition : append.Entry.Position == 0);
                return append.Entry.PartedContentBytes > 0 ? state.WithParts(append.Entry) : state.With(append.Entry);
            case StoreOperation.ReleaseInbox release:
                Require(state.Inbox.TryGetValue(release.Place, out InboxItem? held) && held.Entry.State == InboxState.Held);
                Require(release.Position > state.LastPosition);
                return state.With(held!.Entry with { State = InboxState.Ready, Position = release.Position });
            case StoreOperation.ConsumeInbox consume:
                InboxItem? ready = state.Inbox.Values.FirstOrDefault(row => row.Entry.Position == consume.Position && row.Entry.State == InboxState.Ready);
                return ready is null
                    ? state
                    : state with { Inbox = state.Inbox.SetItem(ready.Entry.Place, ready with { Entry = ready.Entry with { Content = ReadOnlyMemory<byte>.Empty, PartedContentBytes = 0 }, Consumed = true }) };
            case StoreOperation.Checkpoint checkpoint:
                Require(!state.Checkpoints.Contains(checkpoint.Id) && ConsumerName.IsValid(checkpoint.Consumer));
                Require(!(checkpoint.State?.Length > MessagingConstants.MaxConsumerStateBytes));
                ReadOnlyMemory<byte> kept = checkpoint.State ?? state.Consumers.GetValueOrDefault(checkpoint.Consumer)?.State ?? ReadOnlyMemory<byte>.Empty;
                return state with
                {
                    Checkpoints = state.Checkpoints.Add(checkpoint.Id),
                    Consumers = state.Consumers.SetItem(checkpoint.Consumer, new(checkpoint.Id, kept, checkpoint.UnixMillis)),
                };
            case StoreOperation.CountDelivery count:
                return state.Unconsumed(count.Position) is { } given
                    ? state with { Inbox = state.Inbox.SetItem(given.Entry.Place, given with { Deliveries = given.Deliveries + 1 }) }
                    : state;
            case StoreOperation.MoveToDeadLetters move:
                Require(move.Cause.Length <= MessagingConstants.MaxCauseChars);
                return state.Unconsumed(move.Position) is { } dead ? state.Died(dead, move) : state;
            case StoreOperation.ReplayDeadLetter replay:
                return state.DeadLetters.TryGetValue(replay.Number, out DeadLetter? letter)
                    ? state with
                    {
                        Inbox = state.Inbox.SetItem(letter.Entry.Place, new(letter.Entry, false)),
                        DeadLetters = state.DeadLetters.Remove(replay.Number),
                    }
                    : state;
            case StoreOperation.SetTentative tentative:
                Require(state.Outbound.TryGetValue((tentative.Recipient, tentative.Conversation), out OutboundConversationState? marked));
                return state with { Outbound = state.Outbound.SetItem((tentative.Recipient, tentative.Conversation), marked! with { Tentative = tentative.Sequence }) };
            case StoreOperation.JoinOutbox join:
                return state.Joined(join);
            case StoreOperation.MoveOutbox move:
                return state.Moved(move);
            case StoreOperation.RecordGap record:
                return state.With(record.Gap);
            case StoreOperation.StagePart stage:
                ReadOnlyMemory<byte> before = state.Staged.GetValueOrDefault(stage.Id);
                Require(stage.Index * MessagingConstants.ContentPartBytes == before.Length && stage.Part.Length is > 0 and <= MessagingConstants.ContentPartBytes);
                return state with { Staged = state.Staged.SetItem(stage.Id, (byte[])[.. before.Span, .. stage.Part.Span]) };
            case StoreOperation.DropStaged drop:
                return state with { Staged = state.Staged.Remove(drop.Id) };
            default:
                return ApplyOfAnonymous(state, operation);
        }
    }

    private static int Page(OutboxEntry[] rows, int page) => rows[0].Conversation == AnonymousPlaces.Conversation ? rows.Length : Math.Min(page, rows.Length);

    private IEnumerable<OutboxEntry[]> Unsettled() => _state.Outbox.Values.Where(row => row.IsOpen).Select(row => row.Entry)
        .GroupBy(entry => (entry.Recipient, entry.Conversation)).Select(rows => rows.OrderBy(entry => entry.Sequence).ToArray());

    private static long Bytes(InboxEntry entry) => entry.PartedContentBytes + entry.Content.Length;

    private static void Require(bool holds)
    {
        if (!holds)
        {
            throw new MessageStoreException("The operation contradicts the model.");
        }
    }

    private sealed record OutboxRow(OutboxEntry Entry, ReadOnlyMemory<byte>? Content, OutboxStatus Status, long Settled)
    {
        public bool IsOpen => Status is OutboxStatus.Pending or OutboxStatus.Expiring;
    }

    private sealed record PartialRow(StoreOperation.OpenPartial Open, ImmutableSortedDictionary<int, ReadOnlyMemory<byte>> Fragments);

    private sealed record State(
        ImmutableDictionary<(NodeAddress, ConversationId), OutboundConversationState> Outbound,
        ImmutableDictionary<MessageId, OutboxRow> Outbox,
        ImmutableDictionary<(NodeAddress, ConversationId), InboundConversationState> Inbound,
        ImmutableDictionary<Place, PartialRow> Partials,
        ImmutableDictionary<Place, InboxItem> Inbox)
    {
        public static State Empty { get; } = new(
            ImmutableDictionary<(NodeAddress, ConversationId), OutboundConversationState>.Empty,
            ImmutableDictionary<MessageId, OutboxRow>.Empty,
            ImmutableDictionary<(NodeAddress, ConversationId), InboundConversationState>.Empty,
            ImmutableDictionary<Place, PartialRow>.Empty,
            ImmutableDictionary<Place, InboxItem>.Empty);

        public ImmutableDictionary<string, ConsumerState> Consumers { get; init; } = ImmutableDictionary<string, ConsumerState>.Empty;

        public ImmutableHashSet<CheckpointId> Checkpoints { get; init; } = [];

        public ImmutableSortedDictionary<long, DeadLetter> DeadLetters { get; init; } = ImmutableSortedDictionary<long, DeadLetter>.Empty;

        /// <summary>The number that was given last to a dead letter, of which there may be none any more.</summary>
        public long LastLetter { get; init; }

        public ImmutableList<StoredGap> Gaps { get; init; } = [];

        public ImmutableDictionary<MessageId, ReadOnlyMemory<byte>> Staged { get; init; } = ImmutableDictionary<MessageId, ReadOnlyMemory<byte>>.Empty;

        /// <summary>Contents of inbox entries in parts, by place; what has been consumed is still here, and nobody's.</summary>
        public ImmutableDictionary<Place, ReadOnlyMemory<byte>> Parted { get; init; } = ImmutableDictionary<Place, ReadOnlyMemory<byte>>.Empty;

        public ImmutableDictionary<MessageId, (StoredQuestion Stored, long Settled)> Questions { get; init; } = ImmutableDictionary<MessageId, (StoredQuestion, long)>.Empty;

        public ImmutableDictionary<MessageId, ReplyRow> Replies { get; init; } = ImmutableDictionary<MessageId, ReplyRow>.Empty;

        public int PrunedAcknowledged { get; init; }

        public int PrunedExpired { get; init; }

        public int PrunedConsumed { get; init; }

        public State Moved(StoreOperation.MoveOutbox move)
        {
            Gap gap = move.Gap;
            Require(gap.Kind == GapKind.Sent && gap.First > 0 && gap.First <= gap.Last);
            Require(Outbound.TryGetValue((gap.Peer, gap.Conversation), out OutboundConversationState? conversation) && conversation.NextSequence < move.NextSequence && move.NextSequence > gap.Last);
            ImmutableDictionary<MessageId, OutboxRow> outbox = Outbox;
            foreach (MovedMessage moved in move.Moved)
            {
                Require(outbox.TryGetValue(moved.Id, out OutboxRow? row) && row.IsOpen && row.Entry.Sequence < moved.Sequence && moved.Sequence > gap.Last && moved.Sequence < move.NextSequence
                    && row.Entry.Recipient == gap.Peer && row.Entry.Conversation == gap.Conversation);
                outbox = outbox.SetItem(moved.Id, row! with { Entry = row.Entry with { Sequence = moved.Sequence, Envelope = moved.Envelope } });
            }

            Gap? free = null;
            if (move.Waiting is { } range)
            {
                Require(range.First < range.End && range.Target > gap.Last && range.Target > range.First && range.TargetEnd <= move.NextSequence);
                OutboxRow[] rows = [.. Outbox.Values.Where(row => row.IsOpen && row.Entry.Recipient == gap.Peer && row.Entry.Conversation == gap.Conversation
                    && row.Entry.Sequence >= range.First && row.Entry.Sequence < range.End).OrderByDescending(row => row.Entry.Sequence)];
                foreach ((int index, OutboxRow row) in rows.Index())
                {
                    outbox = outbox.SetItem(row.Entry.Id, row with { Entry = row.Entry with { Sequence = range.TargetEnd - 1 - (ulong)index } });
                }

                free = range.Free(gap, (ulong)rows.Length);
            }

            State state = (this with
            {
                Outbox = outbox,
                Outbound = Outbound.SetItem((gap.Peer, gap.Conversation), conversation! with { NextSequence = move.NextSequence, Tentative = 0 }),
            }).With(gap);
            return free is null ? state : state.With(free);
        }

        public State Joined(StoreOperation.JoinOutbox join)
        {
            Gap left = join.Left;
            Require(left.Kind == GapKind.Sent && left.First > 0 && left.First <= left.Last && join.Into != left.Peer && Outbound.ContainsKey((left.Peer, left.Conversation)));
            Require(Outbound.TryGetValue((join.Into, left.Conversation), out OutboundConversationState? into) && into.NextSequence == join.Target);
            ImmutableDictionary<MessageId, OutboxRow> outbox = Outbox;
            foreach ((MessageId id, OutboxRow row) in Outbox.Where(row => row.Value.IsOpen && row.Value.Entry.Recipient == left.Peer && row.Value.Entry.Conversation == left.Conversation
                && row.Value.Entry.Sequence >= left.First && row.Value.Entry.Sequence <= left.Last))
            {
                outbox = outbox.SetItem(id, row with { Entry = row.Entry with { Recipient = join.Into, Sequence = join.Target + (row.Entry.Sequence - left.First) } });
            }

            State state = this with { Outbox = outbox, Outbound = Outbound.SetItem((join.Into, left.Conversation), into! with { NextSequence = join.Target + (left.Last - left.First) + 1 }) };
            StoredGap[] known = [.. Gaps.Where(row => (row.Gap.Kind, row.Gap.Peer, row.Gap.Conversation) == (GapKind.Sent, left.Peer, left.Conversation)).OrderBy(row => row.Gap.First)];
            foreach (Gap gap in known.Select(row => row.Gap).Where(gap => gap.Last >= left.First && gap.First <= left.Last))
            {
                state = state.With(gap with
                {
                    Peer = join.Into,
                    First = join.Target + (Math.Max(gap.First, left.First) - left.First),
                    Last = join.Target + (Math.Min(gap.Last, left.Last) - left.First),
                });
            }

            ulong[] stays = [.. outbox.Values.Where(row => row.Entry.Recipient == left.Peer && row.Entry.Conversation == left.Conversation).Select(row => row.Entry.Sequence).Order()];
            foreach (ulong place in stays.Where(place => place >= left.First && place <= left.Last))
            {
                state = state.With(left with { Peer = join.Into, First = join.Target + (place - left.First), Last = join.Target + (place - left.First) });
            }

            return stays.Length > 0
                ? state.With(left)
                : state with { Outbound = state.Outbound.Remove((left.Peer, left.Conversation)), Gaps = state.Gaps.RemoveRange(known) };
        }

        public State With(Gap gap)
        {
            List<StoredGap> known = [.. Gaps.Where(row => (row.Gap.Kind, row.Gap.Peer, row.Gap.Conversation) == (gap.Kind, gap.Peer, gap.Conversation)).OrderBy(row => row.Gap.First)];
            var (removed, added) = GapRecords.Add([.. known.Select(row => row.Gap)], gap, (low, high) => gap.Kind == GapKind.Received || !Outbox.Values.Any(row =>
                row.IsOpen && row.Entry.Recipient == gap.Peer && row.Entry.Conversation == gap.Conversation && row.Entry.Sequence > low.Last && row.Entry.Sequence < high.First));
            long number = Gaps.Select(row => row.Number).DefaultIfEmpty().Max();
            return this with { Gaps = Gaps.RemoveRange(removed.Select(index => known[index])).AddRange(added.Select(row => new StoredGap(++number, row))) };
        }

        public State WithoutOld(StoreRetention retention, long now)
        {
            State state = this;
            long kept = Outbox.Values.Where(row => row.Status == OutboxStatus.Acknowledged).Sum(row => (long)(row.Content?.Length ?? 0));
            foreach (OutboxRow row in Outbox.Values.Where(row => row is { Status: OutboxStatus.Acknowledged, Content.Length: > 0 }).OrderBy(row => row.Settled).ThenBy(row => row.Entry.ContentLength))
            {
                if (kept > retention.AcknowledgedBytes || row.Settled <= now - retention.SettledMillis)
                {
                    kept -= row.Content!.Value.Length;
                    state = state with { Outbox = state.Outbox.SetItem(row.Entry.Id, row with { Content = null }) };
                }
            }

            foreach (var conversation in Outbox.Values.GroupBy(row => (row.Entry.Recipient, row.Entry.Conversation)))
            {
                foreach (OutboxRow row in conversation.OrderBy(row => row.Entry.Sequence).SkipLast(1).TakeWhile(row => !row.IsOpen && row.Settled <= now - retention.SettledMillis))
                {
                    state = state with
                    {
                        Outbox = state.Outbox.Remove(row.Entry.Id),
                        PrunedAcknowledged = state.PrunedAcknowledged + (row.Status == OutboxStatus.Acknowledged ? 1 : 0),
                        PrunedExpired = state.PrunedExpired + (row.Status == OutboxStatus.Expired ? 1 : 0),
                    };
                }
            }

            foreach (InboxItem item in Inbox.Values.Where(item => item.Consumed && item.Entry.ReceivedUnixMillis <= now - retention.ConsumedMillis && MayGo(item.Entry)))
            {
                state = state with { Inbox = state.Inbox.Remove(item.Entry.Place), PrunedConsumed = state.PrunedConsumed + 1 };
            }

            MessageId[] questions = [.. Questions.Values.Where(row => row.Stored.Status > QuestionStatus.Answered && row.Settled <= now - retention.SettledMillis).Select(row => row.Stored.Id)];
            MessageId[] replies = [.. Replies.Values.Where(row => row.Status != ReplyStatus.Pending
                && row.Reply.UntilUnixMillis <= now - retention.SettledMillis - AnonymousConstants.GraceMillis).Select(row => row.Reply.Question)];
            return questions.Length + replies.Length == 0
                ? state
                : state with { Questions = Questions.RemoveRange(questions), Replies = Replies.RemoveRange(replies) };
        }

        private bool MayGo(InboxEntry entry) => entry.Position < LastPosition
            && entry.Place.Sequence < Inbound[(entry.Place.Sender, entry.Place.Conversation)].Base
            && Inbox.Values.Any(other => other.Entry.State == InboxState.Ready
                && other.Entry.Place.Sender == entry.Place.Sender && other.Entry.Place.Conversation == entry.Place.Conversation
                && other.Entry.Place.Sequence > entry.Place.Sequence);

        public InboxItem? Unconsumed(ulong position) =>
            Inbox.Values.FirstOrDefault(row => row is { Consumed: false, Entry.State: InboxState.Ready } && row.Entry.Position == position);

        public State Died(InboxItem item, StoreOperation.MoveToDeadLetters move)
        {
            long number = LastLetter + 1;
            return this with
            {
                LastLetter = number,
                DeadLetters = DeadLetters.Add(
                    number, new(number, item.Entry, item.Entry.PartedContentBytes + item.Entry.Content.Length, move.Cause, move.Consumer, item.Deliveries, move.UnixMillis)),
                Inbox = Inbox.SetItem(item.Entry.Place, item with { Entry = item.Entry with { Content = ReadOnlyMemory<byte>.Empty, PartedContentBytes = 0 }, Consumed = true }),
            };
        }

        public ulong LastPosition => Inbox.Values.Select(row => row.Entry.Position).DefaultIfEmpty().Max();

        public bool Receives(Place place) => Inbound.ContainsKey((place.Sender, place.Conversation));

        public State WithParts(InboxEntry entry)
        {
            Require(Partials.TryGetValue(entry.Place, out PartialRow? partial) && partial.Open.PieceBytes > 0 && entry.Content.IsEmpty && !entry.Tombstone);
            byte[] content = [.. partial!.Fragments.Values.SelectMany(fragment => fragment.ToArray())];
            return With(entry) with { Parted = Parted.SetItem(entry.Place, content), Partials = Partials.Remove(entry.Place) };
        }

        public State With(InboxEntry entry) => this with { Inbox = Inbox.SetItem(entry.Place, new(entry, entry.Repeated)) };
    }
}
