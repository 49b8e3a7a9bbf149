using System.Collections.Immutable;
using MixMq.Endpoint.Messaging;
using MixMq.Overlay;
using MixMq.Simulation.Hostile;
using MixMq.Simulation.Nodes;
using MixMq.Sphinx;

namespace MixMq.Simulation.Invariants;

/// <summary>
/// The promise to applications (spec/07): an accepted message is in the recipient's inbox exactly once, whole, in its conversation's order; or it is
/// reported expired and never gets there. It is accepted only when it is on the sender's disk, and acknowledged only when it is on the recipient's.
/// After a store was put back from a copy, its node and its application stand where the copy stands, and all of this holds from there on, but for what the node can't know
/// (<see cref="Exemptions.AddRestored"/>); what a recipient has lost comes again or is listed as a gap.
/// </summary>
public sealed class MessagesArriveOnceInOrder(Exemptions exemptions) : Invariant(exemptions)
{
    private readonly Dictionary<MessageId, Sent> _sent = [];
    private readonly Dictionary<(int Reader, NodeAddress Sender, ConversationId Conversation), ulong> _lastRead = [];
    private readonly HashSet<(int Reader, ulong Position)> _consumed = [];

    /// <summary>Messages that are durable at their senders.</summary>
    public int Messages => _sent.Count;

    public override void Started(SimNode node)
    {
        // A new process shows its application what isn't consumed once more, from the beginning.
        foreach (var key in _lastRead.Keys.Where(key => key.Reader == node.Index).ToArray())
        {
            _ = _lastRead.Remove(key);
        }
    }

    public override void StoreRestored(SimNode node)
    {
        var store = node.Disk.Store;
        var arrived = store.Inbox.Where(entry => !entry.Repeated).ToLookup(entry => (entry.Place.Sender, entry.Id));
        var consumed = store.ReadInbox(0).Where(item => item.Consumed).Select(item => item.Entry.Position).ToHashSet();
        _ = _consumed.RemoveWhere(known => known.Reader == node.Index && !consumed.Contains(known.Position));
        foreach (var (id, sent) in _sent)
        {
            if (World.Network.Find(sent.To) == node)
            {
                var entry = arrived[(sent.From.KnownAs, id)].FirstOrDefault();
                sent.Arrived = entry is null ? null : entry.Tombstone ? OutboxStatus.Expired : OutboxStatus.Acknowledged;
                sent.IsRead = entry is not null && consumed.Contains(entry.Position);
            }
            else if (sent.From == node)
            {
                sent.IsForgotten = store.StatusOf(id) is null;
                sent.Status = store.StatusOf(id) ?? sent.Status;
            }
        }
    }

    public override void SubmitCompleted(SimNode node, SubmitRequest request, in SubmitOutcome outcome)
    {
        if (!outcome.Accepted)
        {
            return;
        }

        if (!_sent.TryGetValue(outcome.Id, out var sent) || node.Disk.Store.StatusOf(outcome.Id) is null)
        {
            Violate($"{node.Name} accepted a message that isn't on its disk.");
        }

        if (!sent.Places.Contains(outcome.Sequence) || World.Network.Find(sent.To) != World.Network.Find(request.To) || !sent.Content.Span.SequenceEqual(request.Content.Span))
        {
            Violate($"{node.Name} accepted a message and stored another one.");
        }

    }

    public override void CommitDurable(SimNode node, long batch, ImmutableArray<StoreOperation> operations)
    {
        foreach (var operation in operations)
        {
            switch (operation)
            {
                case StoreOperation.AppendOutbox append:
                    Accept(node, append);
                    break;
                case StoreOperation.JoinOutbox { Left: var left } join:
                    foreach (var entry in node.Disk.Store.Sent.Where(entry => entry.Recipient == join.Into && entry.Conversation == left.Conversation && entry.Sequence >= join.Target))
                    {
                        if (_sent.TryGetValue(entry.Id, out var sent))
                        {
                            sent.JoinTo(join.Into, entry.Sequence);
                        }
                    }

                    break;
                case StoreOperation.MoveOutbox move:
                    Move(node, move);
                    break;
                case StoreOperation.AppendInbox append:
                    Arrive(node, append.Entry);
                    break;
                case StoreOperation.SettleOutbox settle:
                    Settle(node, settle);
                    break;
                default:
                    break;
            }
        }
    }

    public override void InboxRead(SimNode node, InboxEntry entry)
    {
        var place = entry.Place;
        if (_consumed.Contains((node.Index, entry.Position)) && Exemptions.IsPromised(place.Sender, node.KnownAs))
        {
            Violate($"{node.Name} shows its application position {entry.Position} again, which it has consumed.");
        }

        var key = (node.Index, place.Sender, place.Conversation);
        if (_lastRead.TryGetValue(key, out var last) && place.Sequence <= last)
        {
            Violate($"{node.Name} shows its application sequence {place.Sequence} of a conversation after {last}.");
        }

        _lastRead[key] = place.Sequence;
        if (_sent.TryGetValue(entry.Id, out var sent))
        {
            if (!entry.Tombstone && sent.Status == OutboxStatus.Expired && Exemptions.IsPromised(place.Sender, node.KnownAs))
            {
                Violate($"{node.Name} shows its application a message that {sent.From.Name} has reported expired.");
            }

            if (!entry.Tombstone && !Exemptions.IsSpoiledInbox(entry.Id) && !sent.Content.Span.SequenceEqual(entry.Content.Span))
            {
                Violate($"{node.Name} shows its application other bytes than {sent.From.Name} sent.");
            }

            sent.IsRead = true;
        }
    }

    public override void InboxConsumed(SimNode node, ulong position)
    {
        if (!Exemptions.HasStoreLied(node.KnownAs))
        {
            _ = _consumed.Add((node.Index, position));
        }
    }

    /// <summary>Everything is settled, and what was acknowledged has been read.</summary>
    public override void AtTheEnd()
    {
        if (Unfinished() is { } unfinished)
        {
            Violate(unfinished);
        }
    }

    /// <summary>What hasn't come to its end yet; null: all has.</summary>
    public string? Unfinished()
    {
        // A spoiled message waits for its expiry, and with it those behind it.
        var spoiled = _sent.Where(sent => Exemptions.IsSpoiledOutbox(sent.Key)).Select(sent => (sent.Value.From, sent.Value.To)).ToHashSet();
        foreach (var sent in _sent.Values)
        {
            var to = World.Network.Find(sent.To);
            if (to is null || Exemptions.IsHostile(to) || Exemptions.IsHostile(sent.From) || !Exemptions.IsPromised(sent.From.KnownAs, sent.KnownTo)
                || Exemptions.HasContradicted(to) || Exemptions.HasContradicted(sent.From))
            {
                continue;
            }

            if (sent.IsForgotten || spoiled.Contains((sent.From, sent.To)) || !sent.From.IsRunning || !to.IsRunning || HasNoPath(sent.From))
            {
                continue;
            }

            if (sent.Status is OutboxStatus.Pending or OutboxStatus.Expiring)
            {
                return $"A message from {sent.From.Name} to {to.Name} (sequence {sent.Sequence}, {sent.Content.Length} bytes) is still {sent.Status}.";
            }

            if (!sent.IsRead && !IsExcused(sent, to))
            {
                return $"What became of a message from {sent.From.Name} to {to.Name} (sequence {sent.Sequence}, {sent.Status}) was never shown to an application.";
            }
        }

        return null;
    }

    /// <summary>Where few links count, there needn't be a path between all endpoints, however healthy the network is.</summary>
    private static bool HasNoPath(SimNode node) => node.Parameters.MaxLinks < NetworkParameters.DefaultMaxLinks && node.Endpoint!.Snapshot().UnreachableRecipients > 0;

    /// <summary>
    /// A recipient that was put back lists what it can't have any more. Of a conversation that began after the copy, or got another secret then, it knows nothing; it hears of it when its
    /// sender writes again or starts, and has it then.
    /// </summary>
    private bool IsExcused(Sent sent, SimNode to)
    {
        if (sent.Arrived is not null || !Exemptions.IsRestored(sent.KnownTo))
        {
            return false;
        }

        var store = to.Disk.Store;
        var secret = sent.From.Disk.Store.OutboundConversations.Single(known => known.Recipient == sent.To && known.Conversation == sent.Conversation).Secret.ToArray();
        return !store.InboundConversations.Any(known => known.Sender == sent.From.KnownAs && known.Conversation == sent.Conversation && known.Secret.Matches(secret))
            || store.Gaps.Any(gap => gap.Kind == GapKind.Received && gap.Peer == sent.From.KnownAs && gap.Conversation == sent.Conversation
                && sent.Places.Any(place => place >= gap.First && place <= gap.Last));
    }

    private void Accept(SimNode node, StoreOperation.AppendOutbox append)
    {
        var entry = append.Entry;
        if (_sent.TryGetValue(entry.Id, out var former) && (former.From != node || former.To != entry.Recipient || !former.Content.Span.SequenceEqual(append.Content.Span)))
        {
            Violate($"{node.Name} gives a message the id of another one.");
        }

        _sent[entry.Id] = new Sent(node, entry.Recipient, World.Network.Find(entry.Recipient)?.KnownAs ?? entry.Recipient, entry.Conversation, entry.Sequence, append.Content, entry.Label);
    }

    private void Move(SimNode node, StoreOperation.MoveOutbox move)
    {
        if (move.Waiting is { } range)
        {
            // Those aren't named: where each has come to stand the disk says.
            foreach (var entry in node.Disk.Store.Sent.Where(entry => entry.Recipient == move.Gap.Peer && entry.Conversation == move.Gap.Conversation
                && entry.Sequence >= range.Target && entry.Sequence < range.TargetEnd))
            {
                if (_sent.TryGetValue(entry.Id, out var sent))
                {
                    _ = sent.Places.Add(entry.Sequence);
                }
            }
        }

        foreach (var moved in move.Moved)
        {
            _ = _sent[moved.Id].Places.Add(moved.Sequence);
        }
    }

    private void Arrive(SimNode node, InboxEntry entry)
    {
        var sender = World.Network.Find(entry.Place.Sender);
        if (sender is not null && Exemptions.IsHostile(sender))
        {
            if (entry.Content.Span.SequenceEqual(EndpointForger.Unnamed))
            {
                Violate($"{node.Name} took in content that the envelope which {sender.Name} signed doesn't name.");
            }

            return;
        }

        if (!_sent.TryGetValue(entry.Id, out var sent) || sent.From != sender || World.Network.Find(sent.To) != node || !sent.Places.Contains(entry.Place.Sequence))
        {
            Violate($"{node.Name} took in a message that its sender never stored.");
        }

        if (entry.Repeated)
        {
            if (sent.Arrived is null)
            {
                Violate($"{node.Name} passes over a message of {sender.Name} that it never took in.");
            }

            return;
        }

        var isPromised = Exemptions.IsPromised(entry.Place.Sender, node.KnownAs);
        // A tombstone may come again in the place to which a sender that was put back has moved it (MSG-57); a message never.
        var isAgain = entry.Tombstone && sent.Arrived == OutboxStatus.Expired && Exemptions.IsRestored(sender.KnownAs);
        if (sent.Arrived is not null && isPromised && !isAgain)
        {
            Violate($"{node.Name} took in a message of {sender.Name} twice.");
        }

        if (!entry.Tombstone && (!sent.Content.Span.SequenceEqual(entry.Content.Span) || (sent.Label != entry.Label && !Exemptions.IsSpoiledInbox(entry.Id))))
        {
            Violate($"{node.Name} took in other bytes than {sender.Name} sent.");
        }

        if (entry.Tombstone && isPromised && !Exemptions.IsRestored(sender.KnownAs) && sender.Disk.Store.StatusOf(entry.Id) is OutboxStatus.Pending or null)
        {
            Violate($"{node.Name} took in a tombstone that {sender.Name} doesn't have on its disk.");
        }

        sent.Arrived = entry.Tombstone ? OutboxStatus.Expired : OutboxStatus.Acknowledged;
    }

    private void Settle(SimNode node, StoreOperation.SettleOutbox settle)
    {
        if (!_sent.TryGetValue(settle.Id, out var sent))
        {
            Violate($"{node.Name} settles a message that it never stored.");
        }

        if (!Exemptions.IsPromised(node.KnownAs, sent.KnownTo))
        {
            sent.Status = settle.Status;
            return;
        }

        if (sent.Status is not (OutboxStatus.Pending or OutboxStatus.Expiring))
        {
            Violate($"{node.Name} settles a message as {settle.Status} after {sent.Status}.");
        }

        var to = World.Network.Find(sent.To);
        var knowsAll = !Exemptions.IsRestored(node.KnownAs) && !Exemptions.IsRestored(sent.KnownTo);
        if (to is not null && !Exemptions.IsHostile(to) && sent.Arrived != settle.Status && knowsAll)
        {
            Violate(sent.Arrived is null
                ? $"{node.Name} reports {settle.Status} of a message before {to.Name} has anything of it on its disk."
                : $"{node.Name} reports {settle.Status} of a message of which {to.Name} has stored {sent.Arrived}.");
        }

        sent.Status = settle.Status;
    }

    private sealed class Sent(SimNode from, NodeAddress to, NodeAddress knownTo, ConversationId conversation, ulong sequence, ReadOnlyMemory<byte> content, string label)
    {
        public SimNode From { get; } = from;

        /// <summary>The address under which its sender has it: another one of the recipient's from when two conversations became one.</summary>
        public NodeAddress To { get; private set; } = to;

        /// <summary>The recipient's first address.</summary>
        public NodeAddress KnownTo { get; } = knownTo;

        public ConversationId Conversation { get; } = conversation;

        /// <summary>The first place that it was given.</summary>
        public ulong Sequence { get; } = sequence;

        /// <summary>All that it was ever given, of which what others know may tell: a sender's store that was put back moves messages.</summary>
        public HashSet<ulong> Places { get; } = [sequence];

        public ReadOnlyMemory<byte> Content { get; } = content;

        public string Label { get; } = label;

        public OutboxStatus Status { get; set; }

        /// <summary>What took its place durably at the recipient.</summary>
        public OutboxStatus? Arrived { get; set; }

        public bool IsRead { get; set; }

        /// <summary>Its sender was put back to a time before it: it may arrive or not.</summary>
        public bool IsForgotten { get; set; }

        public void JoinTo(NodeAddress to, ulong place)
        {
            To = to;
            _ = Places.Add(place);
        }
    }
}
