using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Anonymous;
using MixMq.Sphinx;

namespace MixMq.Simulation.Disk;

/// <summary>
/// The endpoint's store in memory, as strict as a database: what is applied is durable, and an operation that doesn't find what it names, or finds
/// what it must not, throws. A crash is the caller's: batches that weren't applied are lost.
/// </summary>
public sealed partial class MemoryStore
{
    private readonly Dictionary<(NodeAddress, ConversationId), OutboundConversationState> _outbound = [];
    private readonly Dictionary<MessageId, OutboxRow> _outbox = [];
    private readonly Dictionary<(NodeAddress, ConversationId), InboundConversationState> _inbound = [];
    private readonly Dictionary<Place, PartialRow> _partials = [];
    private readonly Dictionary<Place, InboxEntry> _inbox = [];
    private readonly HashSet<ulong> _consumed = [];
    private readonly List<Place> _positions = [];
    private readonly List<Gap> _gaps = [];

    /// <summary>Every inbox row, ready ones by position, then held ones.</summary>
    public IReadOnlyList<InboxEntry> Inbox =>
        [.. _inbox.Values.OrderBy(entry => entry.State == InboxState.Held).ThenBy(entry => entry.Position).ThenBy(entry => entry.Place.Sequence)];

    /// <summary>What became of every message ever appended.</summary>
    public IReadOnlyDictionary<MessageId, OutboxStatus> Outbox => _outbox.ToDictionary(row => row.Key, row => row.Value.Status);

    public int PartialCount => _partials.Count;

    public long PartialBytes => _partials.Values.Sum(partial => partial.Fragments.Values.Sum(fragment => (long)fragment.Length));

    /// <summary>One transaction.</summary>
    public void Apply(IEnumerable<StoreOperation> operations)
    {
        foreach (var operation in operations)
        {
            Apply(operation);
        }
    }

    /// <summary>The disk is lost.</summary>
    public void Clear()
    {
        _outbound.Clear();
        _outbox.Clear();
        _inbound.Clear();
        _partials.Clear();
        _inbox.Clear();
        _consumed.Clear();
        _positions.Clear();
        _gaps.Clear();
        _staged.Clear();
        ClearConsumers();
        ClearAnonymous();
    }

    /// <summary>What is in it now, in a store of its own: a backup.</summary>
    public MemoryStore Copy()
    {
        var copy = new MemoryStore();
        CopyAll(_outbound, copy._outbound);
        CopyAll(_outbox, copy._outbox);
        CopyAll(_inbound, copy._inbound);
        CopyAll(_inbox, copy._inbox);
        foreach (var (place, partial) in _partials)
        {
            copy._partials.Add(place, new(partial.Open, new(partial.Fragments)));
        }

        copy._consumed.UnionWith(_consumed);
        copy._positions.AddRange(_positions);
        copy._gaps.AddRange(_gaps);
        CopyConsumers(copy);
        CopyAnonymous(copy);
        return copy;
    }

    /// <summary>What an application sees next: the ready entries after a position, and whether they are consumed.</summary>
    public IEnumerable<InboxItem> ReadInbox(ulong afterPosition)
    {
        for (var position = afterPosition + 1; position <= LastPosition; position++)
        {
            yield return new InboxItem(_inbox[_positions[(int)position - 1]], _consumed.Contains(position), _deliveries.GetValueOrDefault(position));
        }
    }

    /// <summary>The greatest position ever given; 0: none.</summary>
    public ulong LastPosition => (ulong)_positions.Count;

    public OutboxStatus? StatusOf(MessageId id) => _outbox.TryGetValue(id, out var row) ? row.Status : null;

    public EndpointState Load(int outboxPage = int.MaxValue) => new()
    {
        OutboundConversations = [.. _outbound.Values.Select(row => row with { FirstGap = FirstGap(row) })],
        Outbox = [.. Unsettled().SelectMany(rows => rows.Take(Loaded(rows, outboxPage)))],
        Waiting = [.. Unsettled().Where(rows => Loaded(rows, outboxPage) < rows.Length).Select(rows => WaitingOf(rows[Loaded(rows, outboxPage)..]))],
        InboundConversations = [.. _inbound.Values],
        Held = [.. _inbox.Values.Where(entry => entry.State == InboxState.Held).Select(entry => new HeldEntry(entry.Place, entry.Content.Length))],
        InboxUsage =
        [
            .. _inbox.Values.Where(IsTaken).GroupBy(entry => (entry.Place.Sender, Replies: entry.Place.Conversation == AnonymousPlaces.Replies))
                .Select(sender => new InboxUsage(sender.Key.Sender, sender.Count(), sender.Sum(entry => (long)entry.Content.Length), sender.Key.Replies)),
        ],
        Partials =
        [
            .. _partials.Values.Select(row => new PartialState(
                row.Open.Place, row.Open.Id, row.Open.Envelope, row.Open.ContentLength, row.Open.FragmentCount, [.. row.Fragments.Keys], row.Open.PieceBytes > 0)),
        ],
        Questions = [.. StoredQuestions()],
        Replies = [.. StoredReplies()],
        Former =
        [
            .. _inbound.Values.Where(row => row.FormerLast > 0).Select(row => new FormerMessages(
                new Place(row.Sender, row.Conversation, 0), [.. ReadFormer(new Place(row.Sender, row.Conversation, row.FormerFirst), row.FormerLast, int.MaxValue)])),
        ],
        LastInboxPosition = LastPosition,
    };

    public ReadOnlyMemory<byte>? ReadOutboxContent(MessageId id) =>
        _outbox.TryGetValue(id, out var row) && row.Content is { } content ? content : default(ReadOnlyMemory<byte>?);

    public ReadOnlyMemory<byte>? ReadPartial(Place place) => _partials.TryGetValue(place, out var row)
        ? row.Fragments.Values.SelectMany(fragment => fragment.ToArray()).ToArray()
        : null;

    /// <summary>Every message ever appended, as its row stands.</summary>
    public IEnumerable<OutboxEntry> Sent => _outbox.Values.Select(row => row.Entry);

    /// <summary>Every conversation in which this node sends.</summary>
    public IEnumerable<OutboundConversationState> OutboundConversations => _outbound.Values;

    /// <summary>Every conversation in which this node receives.</summary>
    public IEnumerable<InboundConversationState> InboundConversations => _inbound.Values;

    /// <summary>Places whose messages are lost.</summary>
    public IReadOnlyList<Gap> Gaps => _gaps;

    /// <summary>Settled messages that can be sent again.</summary>
    public IReadOnlyList<KeptMessage> ReadKept(NodeAddress recipient, ConversationId conversation, ulong first, ulong end, int maxMessages) =>
    [
        .. _outbox.Values
            .Where(row => row.Entry.Recipient == recipient && row.Entry.Conversation == conversation && row.Entry.Sequence >= first && row.Entry.Sequence < end
                && (row.Status == OutboxStatus.Expired || (row.Status == OutboxStatus.Acknowledged && row.Content is not null)))
            .OrderBy(row => row.Entry.Sequence)
            .Take(maxMessages)
            .Select(row => new KeptMessage(
                row.Entry.Id,
                row.Entry.Sequence,
                row.Entry.Envelope,
                row.Entry.Label,
                row.Entry.Tombstone ? 0 : row.Entry.ContentLength,
                row.Entry.CreatedUnixMillis,
                row.Entry.ExpiresUnixMillis,
                row.Status == OutboxStatus.Expired,
                row.Entry.InParts && row.Content is not null)),
    ];

    /// <summary>Ids of what came in these places, the last first.</summary>
    public IReadOnlyList<MessageId> ReadFormer(Place first, ulong last, int maxIds) =>
    [
        .. _inbox.Values
            .Where(entry => entry.Place.Sender == first.Sender && entry.Place.Conversation == first.Conversation && entry.Place.Sequence >= first.Sequence
                && entry.Place.Sequence <= last && !entry.Tombstone)
            .OrderByDescending(entry => entry.Place.Sequence)
            .Take(maxIds)
            .Select(entry => entry.Id),
    ];

    /// <summary>Contents of acknowledged messages are given up before their time, as where room is short.</summary>
    public void DropKept(Func<MessageId, bool> which)
    {
        foreach (var (id, row) in _outbox.Where(row => row.Value.Status == OutboxStatus.Acknowledged && which(row.Key)).ToArray())
        {
            _outbox[id] = row with { Content = null };
        }
    }

    private ulong FirstGap(OutboundConversationState row) => _gaps
        .Where(gap => gap.Kind == GapKind.Sent && gap.Peer == row.Recipient && gap.Conversation == row.Conversation)
        .Select(gap => gap.First).DefaultIfEmpty().Min();

    private void Record(Gap gap)
    {
        var known = _gaps.Where(row => (row.Kind, row.Peer, row.Conversation) == (gap.Kind, gap.Peer, gap.Conversation)).OrderBy(row => row.First).ToList();
        var (removed, added) = GapRecords.Add(known, gap, (low, high) => gap.Kind == GapKind.Received || !_outbox.Values.Any(row =>
            row.Status is OutboxStatus.Pending or OutboxStatus.Expiring && row.Entry.Recipient == gap.Peer && row.Entry.Conversation == gap.Conversation
            && row.Entry.Sequence > low.Last && row.Entry.Sequence < high.First));
        foreach (var index in removed)
        {
            _gaps.Remove(known[index]);
        }

        _gaps.AddRange(added);
    }

    private void Move(StoreOperation.MoveOutbox move)
    {
        var (gap, conversation) = (move.Gap, _outbound[(move.Gap.Peer, move.Gap.Conversation)]);
        Gap? free = null;
        if (move.Waiting is { } range)
        {
            Require(range.First < range.End && range.Target > Math.Max(gap.Last, range.First) && range.TargetEnd <= move.NextSequence, "What waits is moved elsewhere.");
            var rows = _outbox.Values.Where(row => IsUnsettled(row) && IsOf(row, gap.Peer, gap.Conversation)
                && row.Entry.Sequence >= range.First && row.Entry.Sequence < range.End && !move.Moved.Any(moved => moved.Id == row.Entry.Id)).OrderByDescending(row => row.Entry.Sequence).ToArray();
            var lowest = range.TargetEnd;
            foreach (var row in rows)
            {
                _outbox[row.Entry.Id] = row with { Entry = row.Entry with { Sequence = --lowest } };
            }

            free = range.Free(gap, (ulong)rows.Length);
        }

        foreach (var moved in move.Moved)
        {
            var row = _outbox[moved.Id];
            Require(row.Status is OutboxStatus.Pending or OutboxStatus.Expiring, "Only what isn't settled is moved.");
            Require(row.Entry.Sequence < moved.Sequence && moved.Sequence > gap.Last && moved.Sequence < move.NextSequence, "A message is moved elsewhere.");
            _outbox[moved.Id] = row with { Entry = row.Entry with { Sequence = moved.Sequence, Envelope = moved.Envelope.ToArray() } };
        }

        _outbound[(gap.Peer, gap.Conversation)] = conversation with { NextSequence = move.NextSequence, Tentative = 0 };
        Require(move.NextSequence > conversation.NextSequence, "Sequences grow.");
        Record(gap);
        if (free is not null)
        {
            Record(free);
        }
    }

    private void Apply(StoreOperation operation)
    {
        switch (operation)
        {
            case StoreOperation.OpenOutboundConversation open:
                _outbound.Add(
                    (open.Recipient, open.Conversation),
                    new(open.Recipient, open.Conversation, open.Name, open.Secret, open.NextSequence));
                break;
            case StoreOperation.AppendOutbox append:
                var conversation = _outbound[(append.Entry.Recipient, append.Entry.Conversation)];
                Require(conversation.NextSequence == append.Entry.Sequence, "A sequence is left out or given twice.");
                var content = append.Entry.InParts ? TakeStaged(append.Entry) : append.Content.ToArray();
                Require(content.Length == append.Entry.ContentLength && !append.Entry.Tombstone, "The entry contradicts its content.");
                _outbound[(append.Entry.Recipient, append.Entry.Conversation)] = conversation with { NextSequence = conversation.NextSequence + 1 };
                _outbox.Add(append.Entry.Id, new(append.Entry, content, OutboxStatus.Pending));
                break;
            case StoreOperation.ReplaceWithTombstone replace:
                var replaced = _outbox[replace.Id];
                Require(replaced.Status == OutboxStatus.Pending, "Only a pending message expires.");
                _outbox[replace.Id] = new(
                    replaced.Entry with { Envelope = replace.Envelope.ToArray(), Tombstone = true }, null, OutboxStatus.Expiring);
                break;
            case StoreOperation.SettleOutbox settle:
                var settled = _outbox[settle.Id];
                Require(settled.Status is OutboxStatus.Pending or OutboxStatus.Expiring, "A message is settled once.");
                _outbox[settle.Id] = settled with { Content = settle.Status == OutboxStatus.Acknowledged && !settle.DropsContent ? settled.Content : null, Status = settle.Status };
                break;
            case StoreOperation.UpsertInboundConversation upsert:
                _inbound[(upsert.Conversation.Sender, upsert.Conversation.Conversation)] = upsert.Conversation;
                break;
            case StoreOperation.OpenPartial open:
                Require(_inbound.ContainsKey((open.Place.Sender, open.Place.Conversation)) && !_inbox.ContainsKey(open.Place), "A partial of nothing.");
                _partials.Add(open.Place, new(open, []));
                break;
            case StoreOperation.PutFragment put:
                _partials[put.Place].Fragments.Add(put.Index, put.Content.ToArray());
                break;
            case StoreOperation.DropPartial drop:
                Require(_partials.Remove(drop.Place), "There is no such partial.");
                break;
            case StoreOperation.AppendInbox append:
                Require(_inbound.ContainsKey((append.Entry.Place.Sender, append.Entry.Place.Conversation)), "An inbox row without conversation.");
                _inbox.Add(append.Entry.Place, append.Entry with { Content = append.Entry.PartedContentBytes > 0 ? TakeParts(append.Entry) : append.Entry.Content.ToArray() });
                Position(append.Entry);
                if (AnonymousPlaces.IsAnonymous(append.Entry.Place))
                {
                    Require(_anonymous.Add(append.Entry.Id), "An anonymous message is taken twice.");
                }

                Require(!append.Entry.Repeated || append.Entry.Content.IsEmpty, "A repeated message has no content.");
                break;
            case StoreOperation.ReleaseInbox release:
                var held = _inbox[release.Place];
                Require(held.State == InboxState.Held, "Only a held entry is released.");
                _inbox[release.Place] = held with { State = InboxState.Ready, Position = release.Position };
                Position(_inbox[release.Place]);
                break;
            case StoreOperation.ConsumeInbox consume:
                _consumed.Add(consume.Position);
                break;
            case StoreOperation.SetTentative tentative:
                var key = (tentative.Recipient, tentative.Conversation);
                _outbound[key] = _outbound[key] with { Tentative = tentative.Sequence };
                break;
            case StoreOperation.JoinOutbox join:
                Join(join);
                break;
            case StoreOperation.MoveOutbox move:
                Move(move);
                break;
            case StoreOperation.RecordGap record:
                Record(record.Gap);
                break;
            default:
                ApplyOfParts(operation);
                break;
        }
    }

    private void Position(InboxEntry entry)
    {
        if (entry.State == InboxState.Ready)
        {
            Require(entry.Position == LastPosition + 1, "Positions grow by one.");
            _positions.Add(entry.Place);
            if (entry.Repeated)
            {
                _consumed.Add(entry.Position);
            }
        }
    }

    private static void CopyAll<TKey, TValue>(Dictionary<TKey, TValue> from, Dictionary<TKey, TValue> to)
        where TKey : notnull
    {
        foreach (var (key, value) in from)
        {
            to.Add(key, value);
        }
    }

    private static void Require(bool holds, string message)
    {
        if (!holds)
        {
            throw new InvalidOperationException(message);
        }
    }

    private sealed record OutboxRow(OutboxEntry Entry, byte[]? Content, OutboxStatus Status);

    private sealed record PartialRow(StoreOperation.OpenPartial Open, SortedDictionary<int, byte[]> Fragments);
}
