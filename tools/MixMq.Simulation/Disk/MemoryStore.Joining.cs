using MixMq.Endpoint.Messaging;

namespace MixMq.Simulation.Disk;

/// <content>What goes behind another conversation.</content>
public sealed partial class MemoryStore
{
    private void Join(StoreOperation.JoinOutbox join)
    {
        var left = join.Left;
        var (from, into) = ((left.Peer, left.Conversation), (join.Into, left.Conversation));
        Require(left.Kind == GapKind.Sent && left.First > 0 && left.First <= left.Last && join.Into != left.Peer, "All of it goes.");
        Require(_outbound[into].NextSequence == join.Target && _outbound[from].NextSequence == left.Last + 1, "A sequence is left out or given twice.");
        foreach (var (id, row) in _outbox.Where(row => IsUnsettled(row.Value) && IsOf(row.Value, left.Peer, left.Conversation)).ToArray())
        {
            Require(row.Entry.Sequence >= left.First && row.Entry.Sequence <= left.Last, "All of it goes.");
            _outbox[id] = row with { Entry = row.Entry with { Recipient = join.Into, Sequence = At(row.Entry.Sequence) } };
        }

        _outbound[into] = _outbound[into] with { NextSequence = At(left.Last) + 1 };

        // A gap in what goes is one where it goes to, and so is the place of what stays.
        var known = _gaps.Where(gap => (gap.Kind, gap.Peer, gap.Conversation) == (GapKind.Sent, left.Peer, left.Conversation)).OrderBy(gap => gap.First).ToArray();
        foreach (var gap in known.Where(gap => gap.Last >= left.First && gap.First <= left.Last))
        {
            Record(gap with { Peer = join.Into, First = At(Math.Max(gap.First, left.First)), Last = At(Math.Min(gap.Last, left.Last)) });
        }

        ulong[] stays = [.. _outbox.Values.Where(row => IsOf(row, left.Peer, left.Conversation)).Select(row => row.Entry.Sequence).Order()];
        foreach (var place in stays.Where(place => place >= left.First && place <= left.Last))
        {
            Record(left with { Peer = join.Into, First = At(place), Last = At(place) });
        }

        if (stays.Length > 0)
        {
            Record(left);
            return;
        }

        _gaps.RemoveAll(known.Contains);
        _ = _outbound.Remove(from);

        ulong At(ulong place) => join.Target + (place - left.First);
    }
}
