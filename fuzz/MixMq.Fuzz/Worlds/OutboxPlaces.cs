using MixMq.Endpoint.Messaging;
using MixMq.Sphinx;

namespace MixMq.Fuzz.Worlds;

/// <summary>Which message stands in which place of an outbox, by what the store is told: no place is given twice, and what moves or goes behind others takes all that is unsettled with it.</summary>
internal sealed class OutboxPlaces
{
    private readonly Dictionary<(NodeAddress Recipient, ConversationId Conversation), SortedDictionary<ulong, MessageId>> _unsettled = [];
    private readonly Dictionary<(NodeAddress Recipient, ConversationId Conversation), ulong> _next = [];
    private readonly Dictionary<MessageId, OutboxEntry> _entries = [];
    private readonly List<((NodeAddress Recipient, ConversationId Conversation) Of, KeptMessage Message)> _kept = [];

    /// <summary>The secrets of the conversations that are there.</summary>
    public Dictionary<(NodeAddress Recipient, ConversationId Conversation), ConversationSecret> Secrets { get; } = [];

    /// <summary>What isn't settled, in any conversation.</summary>
    public int Unsettled => _unsettled.Values.Sum(static places => places.Count);

    /// <summary>A page of what isn't settled, as a store reads it.</summary>
    public OutboxEntry[] Read(NodeAddress recipient, ConversationId conversation, ulong first, int maxEntries, bool byExpiry) =>
    [
        .. (_unsettled.GetValueOrDefault((recipient, conversation)) ?? []).Where(place => place.Key >= first)
            .Select(place => _entries[place.Value] with { Recipient = recipient, Sequence = place.Key }).Where(entry => !(byExpiry && entry.Tombstone))
            .OrderBy(entry => byExpiry ? entry.ExpiresUnixMillis : 0).ThenBy(static entry => entry.Sequence).Take(maxEntries),
    ];

    /// <summary>A message that isn't settled, or none.</summary>
    public OutboxEntry[] Read(MessageId id) =>
    [
        .. from conversation in _unsettled
           from place in conversation.Value
           where place.Value == id
           select _entries[id] with { Recipient = conversation.Key.Recipient, Sequence = place.Key },
    ];

    /// <summary>Messages that were settled.</summary>
    public int Settled { get; private set; }

    /// <summary>What was acknowledged and can be sent again, in order.</summary>
    public KeptMessage[] ReadKept(NodeAddress recipient, ConversationId conversation, ulong first, ulong end, int maxMessages) =>
    [
        .. _kept.Where(kept => kept.Of == (recipient, conversation) && kept.Message.Sequence >= first && kept.Message.Sequence < end)
            .Select(static kept => kept.Message).OrderBy(static message => message.Sequence).Take(maxMessages),
    ];

    public void Apply(StoreOperation operation)
    {
        switch (operation)
        {
            case StoreOperation.OpenOutboundConversation open:
                Secrets[(open.Recipient, open.Conversation)] = open.Secret;
                _next[(open.Recipient, open.Conversation)] = open.NextSequence;
                break;
            case StoreOperation.AppendOutbox { Entry: var entry }:
                _entries.Add(entry.Id, entry);
                Give((entry.Recipient, entry.Conversation), entry.Sequence, entry.Id);
                break;
            case StoreOperation.ReplaceWithTombstone replace when _entries.TryGetValue(replace.Id, out var replaced):
                _entries[replace.Id] = replaced with { Tombstone = true, Envelope = replace.Envelope, ContentLength = 0 };
                break;
            case StoreOperation.SettleOutbox settle:
                // A settled one that was sent again is settled again.
                foreach (var (key, places) in _unsettled)
                {
                    if (places.FirstOrDefault(place => place.Value == settle.Id) is { Key: > 0 } found)
                    {
                        _ = places.Remove(found.Key);
                        Settle(key, found.Key, settle);
                    }
                }

                break;
            case StoreOperation.MoveOutbox move:
                Move(move);
                break;
            case StoreOperation.JoinOutbox join:
                Join(join);
                break;
            default:
                break;
        }
    }

    // What moves without being named comes to stand together, at the end of its range.
    private void Move(StoreOperation.MoveOutbox move)
    {
        var key = (move.Gap.Peer, move.Gap.Conversation);
        var places = _unsettled.GetValueOrDefault(key) ?? [];
        var targets = move.Moved.ToDictionary(static moved => moved.Id, static moved => moved.Sequence);
        if (move.Waiting is { } range)
        {
            var lowest = range.TargetEnd;
            foreach (var (_, id) in places.Where(place => place.Key >= range.First && place.Key < range.End).Reverse())
            {
                targets.Add(id, --lowest);
            }
        }

        foreach (var (place, id) in places.Where(place => targets.ContainsKey(place.Value)).ToArray())
        {
            InvariantException.Require(targets[id] > place, "Messages move to greater places.");
            _ = places.Remove(place);
        }

        foreach (var moved in move.Moved)
        {
            _entries[moved.Id] = _entries[moved.Id] with { Envelope = moved.Envelope };
        }

        InvariantException.Require(!places.Keys.Any(place => place >= move.Gap.First && place <= move.Gap.Last), "Nothing unsettled is left in a gap.");
        foreach (var (id, place) in targets)
        {
            InvariantException.Require(place > move.Gap.Last && place < move.NextSequence && places.TryAdd(place, id), "Each takes a place of its own behind the gap.");
        }

        InvariantException.Require(move.NextSequence > _next.GetValueOrDefault(key), "The next place is behind them.");
        _next[key] = move.NextSequence;
    }

    private void Settle((NodeAddress Recipient, ConversationId Conversation) of, ulong place, StoreOperation.SettleOutbox settle)
    {
        Settled++;
        var entry = _entries[settle.Id];
        if (settle.Status == OutboxStatus.Acknowledged)
        {
            _kept.Add((of, new(entry.Id, place, entry.Envelope, entry.Label, entry.ContentLength, entry.CreatedUnixMillis, entry.ExpiresUnixMillis, Tombstone: false)));
        }
    }

    private void Join(StoreOperation.JoinOutbox join)
    {
        var (from, into) = ((join.Left.Peer, join.Left.Conversation), (join.Into, join.Left.Conversation));
        InvariantException.Require(_next.GetValueOrDefault(into) <= join.Target, "What goes behind others takes no place of theirs.");
        _ = _unsettled.Remove(from, out var places);
        foreach (var (place, id) in places ?? [])
        {
            InvariantException.Require(place >= join.Left.First && place <= join.Left.Last, "All that is unsettled goes.");
            Give(into, join.Target + (place - join.Left.First), id);
        }

        _next[into] = join.Target + (join.Left.Last - join.Left.First) + 1;
        _ = Secrets.Remove(from);
    }

    private void Give((NodeAddress Recipient, ConversationId Conversation) key, ulong place, MessageId id)
    {
        InvariantException.Require(place >= _next.GetValueOrDefault(key), "No place is given twice.");
        _next[key] = place + 1;
        if (!_unsettled.TryGetValue(key, out var places))
        {
            _unsettled.Add(key, places = []);
        }

        InvariantException.Require(places.TryAdd(place, id), "No place is given twice.");
    }
}
