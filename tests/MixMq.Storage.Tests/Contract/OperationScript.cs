using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Anonymous;
using MixMq.Sphinx;
using static MixMq.Storage.Tests.Sample;

namespace MixMq.Storage.Tests.Contract;

/// <summary>
/// Turns any numbers into operations that are valid one after the other, so that a failing run shrinks to few numbers. What it must know of
/// the state it asks the model, to which it applies each operation.
/// </summary>
internal sealed class OperationScript(ModelStore model)
{
    private const int Kinds = 33;
    private static readonly NodeAddress[] Peers = [Address(1), Address(2)];
    private static readonly string[] Names = ["", "orders"];
    private readonly Dictionary<MessageId, int> _staged = [];
    private int _number;

    public List<MessageId> Ids { get; } = [];

    public HashSet<Place> Places { get; } = [];

    /// <summary>The operation that this number chooses, or null when it isn't possible now.</summary>
    public StoreOperation? Next(int choice)
    {
        _number++;
        int pick = choice / Kinds;
        EndpointState state = model.Load();
        StoreOperation? operation = (choice % Kinds) switch
        {
            0 => OpenOutbound(state, pick),
            1 or 2 or 3 => AppendOutbox(state, pick),
            4 => Of(state.Outbox.Where(entry => !entry.Tombstone), pick, entry => new StoreOperation.ReplaceWithTombstone(entry.Id, Bytes(_number, 80))),
            5 => Of(state.Outbox, pick, entry => new StoreOperation.SettleOutbox(entry.Id, pick % 2 == 0 ? OutboxStatus.Acknowledged : OutboxStatus.Expired, _number)),
            6 => Upsert(pick),
            7 or 8 => Of(FreePlaces(state, pick), pick, OpenPartial),
            9 or 10 => Of(state.Partials.SelectMany(Missing), pick, at => new StoreOperation.PutFragment(at.Place, at.Index, Bytes(_number, at.InParts ? (at.Index == 0 ? 30 : 100) : pick % 7))),
            11 => Of(state.Partials, pick, partial => new StoreOperation.DropPartial(partial.Place)),
            12 or 13 => Of(FreePlaces(state, pick), pick, place => AppendInbox(place, pick, state.LastInboxPosition)),
            14 => Of(state.Held, pick, held => new StoreOperation.ReleaseInbox(held.Place, state.LastInboxPosition + 1 + (ulong)(pick % 2))),
            20 => Stage(pick),
            21 => AppendStaged(state, pick),
            22 => Of(state.Partials.Where(partial => partial.InParts && partial.Fragments.Length == partial.FragmentCount), pick, partial => Settle(partial, pick, state.LastInboxPosition)),
            23 => Of(FreePlaces(state, pick), pick, OpenParted),
            16 => new StoreOperation.Checkpoint(CheckpointId(_number), $"consumer {pick % 2}", pick % 3 == 0 ? null : Bytes(_number, pick % 60), _number),
            17 => new StoreOperation.CountDelivery((ulong)(pick % (int)(state.LastInboxPosition + 2))),
            18 => new StoreOperation.MoveToDeadLetters((ulong)(pick % (int)(state.LastInboxPosition + 2)), "consumer", Text(pick), _number),
            19 => new StoreOperation.ReplayDeadLetter(1 + (pick % 4)),
            24 => Of(state.OutboundConversations, pick, row => new StoreOperation.SetTentative(row.Recipient, row.Conversation, (ulong)(pick % 4))),
            25 => Of(state.OutboundConversations, pick, row => Move(state, row, pick)),
            26 => Of(state.InboundConversations, pick, row => new StoreOperation.RecordGap(
                new(GapKind.Received, row.Sender, row.Conversation, row.Name, (ulong)(1 + (pick % 5)), (ulong)(5 + (pick % 5)), _number))),
            27 => AskAnew(pick),
            28 => Of(state.Questions, pick, question => new StoreOperation.MoveQuestion(question.Id, question.Status + 1 + (pick % 2), _number)),
            29 => OpenReply(pick),
            30 => Of(Answerable(), pick, id => new StoreOperation.AppendReply(
                new StoredReply(id, Text(pick), pick % 30, _number, model.ReadAnonymous(id).ReplyUntilUnixMillis), Bytes(_number, pick % 30))),
            32 => Join(state, pick),
            31 => Of(state.Replies.Select(reply => reply.Question).Concat(Answerable()), pick, id => new StoreOperation.SettleReply(
                id, pick % 2 == 0 ? ReplyStatus.Acknowledged : ReplyStatus.Expired, _number)),
            _ => new StoreOperation.ConsumeInbox((ulong)(pick % (int)(state.LastInboxPosition + 2))),
        };

        if (operation is not null)
        {
            model.Commit([operation]);
        }

        return operation;
    }

    /// <summary>The store is opened again: what was being handed over is gone.</summary>
    public void Reopen()
    {
        model.Commit([.. _staged.Keys.Select(id => new StoreOperation.DropStaged(id))]);
        _staged.Clear();
    }

    private StoreOperation.OpenQuestion AskAnew(int pick)
    {
        Ids.Add(Id(_number));
        return new(new StoredQuestion(Id(_number), Peers[pick % 2], Bytes(_number, AnonymousConstants.SecretBytes), _number + 100));
    }

    private StoreOperation.OpenReply? OpenReply(int pick)
    {
        MessageId[] came = [.. model.ReadInbox(0, int.MaxValue, long.MaxValue, includeConsumed: true)
            .Where(item => AnonymousPlaces.IsAnonymous(item.Entry.Place) && model.ReadAnonymous(item.Entry.Id).ReplyUntilUnixMillis == 0).Select(item => item.Entry.Id)];
        return came.Length == 0 ? null : new(came[pick % came.Length], _number + 100);
    }

    private IEnumerable<MessageId> Answerable() => model.ReadInbox(0, int.MaxValue, long.MaxValue, includeConsumed: true)
        .Select(item => item.Entry.Id).Where(id => model.ReadAnonymous(id) is { ReplyUntilUnixMillis: > 0, Reply: ReplyStatus.Open });

    private static StoreOperation? Of<T>(IEnumerable<T> candidates, int pick, Func<T, StoreOperation> make)
    {
        T[] all = [.. candidates];
        return all.Length == 0 ? null : make(all[pick % all.Length]);
    }

    private static StoreOperation.OpenOutboundConversation? OpenOutbound(EndpointState state, int pick)
    {
        (NodeAddress peer, string name) = Correspondence(pick);
        ConversationId conversation = ConversationId.OfName(name);
        return state.OutboundConversations.Any(row => row.Recipient == peer && row.Conversation == conversation)
            ? null
            : new(peer, conversation, name, Secret(pick), (ulong)(1 + (pick % 3)));
    }

    private StoreOperation? AppendOutbox(EndpointState state, int pick) => Of(state.OutboundConversations, pick, row =>
    {
        StoreOperation.AppendOutbox append = Sample.AppendOutbox(_number, row.NextSequence, pick % 50);
        Ids.Add(append.Entry.Id);
        return append with { Entry = append.Entry with { Recipient = row.Recipient, Conversation = row.Conversation } };
    });

    private StoreOperation.UpsertInboundConversation Upsert(int pick)
    {
        if (pick % 5 == 4)
        {
            return new(new(AnonymousPlaces.Sender, AnonymousPlaces.Conversation, "", Secret(0), (ulong)_number, (ulong)_number + 1, []));
        }

        (NodeAddress peer, string name) = Correspondence(pick);
        ulong[] tombstones = [.. Enumerable.Range(1, pick % 4).Select(number => (ulong)(number * _number))];
        Incarnation start = pick % 2 == 0 ? Incarnation.None : new((ulong)_number, (UInt128)_number);
        (ulong first, ulong last) = pick % 3 == 0 ? (0ul, 0ul) : ((ulong)(pick % 5), (ulong)(5 + (pick % 20)));
        return new(new(
            peer, ConversationId.OfName(name), name, Secret(_number), (ulong)_number, (ulong)(pick % 9), [.. tombstones], start, first, last, (ulong)(pick % 3)));
    }

    /// <summary>What is unsettled at the end of a conversation moves up, as far as it is; or all that is unsettled, whatever lies between, behind all that there is.</summary>
    private StoreOperation.MoveOutbox Move(EndpointState state, OutboundConversationState row, int pick)
    {
        OutboxEntry[] unsettled = [.. state.Outbox.Where(entry => entry.Recipient == row.Recipient && entry.Conversation == row.Conversation)];
        if (pick % 5 == 0 && unsettled.Length > 0)
        {
            ulong from = unsettled.Min(entry => entry.Sequence);
            ulong target = row.NextSequence + (ulong)(pick % 3);
            var range = new MovedRange(from, row.NextSequence, target);
            return new(new Gap(GapKind.Sent, row.Recipient, row.Conversation, row.Name, from, target - 1, _number), [], range.TargetEnd, range);
        }

        ulong first = row.NextSequence;
        var last = new List<OutboxEntry>();
        foreach (OutboxEntry entry in unsettled.OrderByDescending(entry => entry.Sequence))
        {
            if (entry.Sequence != first - 1 || last.Count > pick % 4)
            {
                break;
            }

            first--;
            last.Insert(0, entry);
        }

        ulong places = (ulong)(1 + (pick % 7));
        var gap = new Gap(GapKind.Sent, row.Recipient, row.Conversation, row.Name, first, first + places - 1, _number);
        // Some of them in the middle move without being named.
        int named = pick % (last.Count + 1);
        int after = Math.Min(last.Count, named + (pick % 3));
        MovedRange? waiting = after > named ? new(last[named].Sequence, last[after - 1].Sequence + 1, last[named].Sequence + places) : null;
        return new(
            gap, [.. last[..named].Concat(last[after..]).Select(entry => new MovedMessage(entry.Id, entry.Sequence + places, Bytes(_number, 90)))], row.NextSequence + places, waiting);
    }

    /// <summary>All that is unsettled under one address goes behind what is under another, in a conversation of both.</summary>
    private StoreOperation.JoinOutbox? Join(EndpointState state, int pick)
    {
        string name = Names[pick % 2];
        OutboundConversationState? from = state.OutboundConversations.FirstOrDefault(row => row.Recipient == Peers[pick / 2 % 2] && row.Name == name);
        OutboundConversationState? into = state.OutboundConversations.FirstOrDefault(row => row.Recipient != from?.Recipient && row.Name == name);
        ulong[] places = [.. state.Outbox.Where(entry => entry.Recipient == from?.Recipient && entry.Conversation == from.Conversation).Select(entry => entry.Sequence)];
        return from is null || into is null || places.Length == 0
            ? null
            : new(new(GapKind.Sent, from.Recipient, from.Conversation, name, places.Min(), from.NextSequence - 1, _number), into.Recipient, into.NextSequence);
    }

    private IEnumerable<Place> FreePlaces(EndpointState state, int pick)
    {
        HashSet<Place> taken = [.. state.Held.Select(held => held.Place), .. state.Partials.Select(partial => partial.Place),
            .. model.ReadInbox(0, int.MaxValue, long.MaxValue, includeConsumed: true).Select(item => item.Entry.Place)];
        return state.InboundConversations
            .Select(row => new Place(row.Sender, row.Conversation, (ulong)(1 + (pick % 40))))
            .Where(place => !taken.Contains(place));
    }

    private StoreOperation.OpenPartial OpenPartial(Place place)
    {
        Places.Add(place);
        return new(place, Id(_number), Bytes(_number, 70), 1000, 4);
    }

    private StoreOperation.OpenPartial OpenParted(Place place)
    {
        Places.Add(place);
        return new(place, Id(_number), Bytes(_number, 70), 230, 3, 100);
    }

    private StoreOperation.AppendInbox Settle(PartialState partial, int pick, ulong last) => new(
        Entry(_number, partial.Place, 0, pick % 3 == 0 ? 0 : last + 1) with { PartedContentBytes = partial.ContentLength });

    private StoreOperation? Stage(int pick)
    {
        if (pick % 3 == 0 && _staged.Count > 0)
        {
            MessageId dropped = _staged.Keys.First();
            _staged.Remove(dropped);
            return new StoreOperation.DropStaged(dropped);
        }

        _staged.Add(Id(_number), pick % 40 + 1);
        Ids.Add(Id(_number));
        return new StoreOperation.StagePart(Id(_number), 0, Bytes(_number, (pick % 40) + 1));
    }

    private StoreOperation? AppendStaged(EndpointState state, int pick) => _staged.Count == 0 ? null : Of(state.OutboundConversations, pick, row =>
    {
        (MessageId id, int length) = _staged.First();
        _staged.Remove(id);
        StoreOperation.AppendOutbox append = Sample.AppendStaged(_number, row.NextSequence, length);
        return append with { Entry = append.Entry with { Id = id, Recipient = row.Recipient, Conversation = row.Conversation } };
    });

    private static IEnumerable<(Place Place, int Index, bool InParts)> Missing(PartialState partial) =>
        Enumerable.Range(0, partial.FragmentCount).Except(partial.Fragments).Select(index => (partial.Place, index, partial.InParts));

    private StoreOperation.AppendInbox AppendInbox(Place place, int pick, ulong last)
    {
        Ids.Add(Id(_number));
        return new(Entry(_number, place, pick % 30, pick % 3 == 0 ? 0 : last + 1 + (ulong)(pick % 2), tombstone: pick % 5 == 0));
    }

    private static (NodeAddress Peer, string Name) Correspondence(int pick) => (Peers[pick % 2], Names[pick / 2 % 2]);
}
