using MixMq.Overlay.Admission;
using MixMq.Overlay.Topology;

namespace MixMq.Overlay.Map;

/// <content>What neighbours say.</content>
internal sealed partial class MapExchange
{
    private TopologyFault HandleSummary(MapPeer peer, ReadOnlySpan<byte> body, Moment now)
    {
        var reader = new WireReader(body);
        if (!reader.TryUInt16(out var count) || !reader.TryBytes(RecordHash.Bytes, out var digest) || reader.Remaining > 0 || count > MapLimits.MaxHeld)
        {
            return TopologyFault.MalformedMessage;
        }

        var differs = RecordHash.FromBytes(digest) != map.Digest;
        if (differs && count > 0)
        {
            peer.Cursor ??= default(RecordHash);
        }

        // Its end of the link may have come up after this node's first one was sent, which was lost then.
        if (differs && !peer.HasTold)
        {
            peer.SummaryAt = now.Micros;
        }

        peer.HasTold = true;

        return TopologyFault.None;
    }

    private TopologyFault HandleQuestion<TSink>(MapPeer peer, ReadOnlySpan<byte> body, Moment now, ref TSink sink)
        where TSink : ITopologySink, allows ref struct
    {
        var reader = new WireReader(body);
        if (!reader.TryUInt32(out var id) || id == 0 || !reader.TryBytes(RecordHash.Bytes, out var after) || reader.Remaining > 0)
        {
            return TopologyFault.MalformedMessage;
        }

        if (!peer.TryAnswer(now.Micros))
        {
            tally.Add(TopologyCounter.PullsRefused);
            return TopologyFault.None;
        }

        var rest = map.After(RecordHash.FromBytes(after));
        Writer.Names(peer.Address, id, rest.Length > MapLimits.MaxNamed, rest[..Math.Min(rest.Length, MapLimits.MaxNamed)], ref sink);
        return TopologyFault.None;
    }

    private TopologyFault HandleNames(MapPeer peer, ReadOnlySpan<byte> body)
    {
        if (!MapNames.TryRead(body, out var names))
        {
            return TopologyFault.MalformedMessage;
        }

        if (names.Id > peer.LastId)
        {
            return TopologyFault.Unsolicited;
        }

        if (names.Id != 0)
        {
            if (!peer.IsQuestioned || names.Id != peer.LastId)
            {
                return TopologyFault.None;
            }

            if (names.Hashes.Length > 0 && peer.Cursor is { } cursor && cursor != default(RecordHash) && names.Hashes[0].Compare(cursor) <= 0)
            {
                return TopologyFault.MalformedMessage;
            }

            peer.IsQuestioned = false;
            peer.Cursor = names.More && --peer.PagesLeft > 0 ? names.Hashes[^1] : null;
        }

        foreach (var hash in names.Hashes)
        {
            if (!map.Holds(hash))
            {
                peer.HasNamed(hash);
            }

            if (IsNews(peer, hash) && !peer.Want(hash))
            {
                // The rest is asked for again once these are here.
                continue;
            }
        }

        return TopologyFault.None;
    }

    private TopologyFault HandlePull<TSink>(MapPeer peer, ReadOnlySpan<byte> body, Moment now, ref TSink sink)
        where TSink : ITopologySink, allows ref struct
    {
        var reader = new WireReader(body);
        if (!reader.TryUInt32(out var id) || id == 0 || !reader.TryByte(out var count) || count is 0 or > MapLimits.MaxPulled || reader.Remaining != count * RecordHash.Bytes)
        {
            return TopologyFault.MalformedMessage;
        }

        if (!peer.TryAnswer(now.Micros))
        {
            tally.Add(TopologyCounter.PullsRefused);
            return TopologyFault.None;
        }

        _ = reader.TryBytes(reader.Remaining, out var hashes);
        Writer.Entries(peer.Address, id, hashes, map, ref sink);
        return TopologyFault.None;
    }

    private TopologyFault HandleEntries<TSink>(MapPeer peer, ReadOnlySpan<byte> body, Moment now, ref TSink sink)
        where TSink : ITopologySink, allows ref struct
    {
        var reader = new WireReader(body);
        if (!reader.TryUInt32(out var id) || id == 0 || !reader.TryByte(out var covered) || !reader.TryByte(out var count) || covered is 0 or > MapLimits.MaxPulled || count > covered)
        {
            return TopologyFault.MalformedMessage;
        }

        if (id > peer.LastId)
        {
            return TopologyFault.Unsolicited;
        }

        if (peer.Pulled is not { } pulled || id != peer.LastId)
        {
            return TopologyFault.None;
        }

        if (covered > pulled.Length)
        {
            return TopologyFault.MalformedMessage;
        }

        var left = pulled.ToHashSet();
        peer.Pulled = null;
        var fault = TopologyFault.None;
        for (var i = 0; i < count && fault == TopologyFault.None; i++)
        {
            fault = reader.TryUInt16(out var length) && reader.TryBytes(length, out var encoded) ? HandleEntry(peer, encoded, left, now, ref sink) : TopologyFault.MalformedMessage;
        }

        // What didn't come: the rest is asked for again, and what the neighbour hasn't any more isn't.
        foreach (var hash in pulled.Where(left.Contains))
        {
            _ = _underWay.Remove(hash);
        }

        foreach (var hash in pulled.Skip(covered))
        {
            _ = peer.Want(hash);
        }

        return fault == TopologyFault.None && reader.Remaining > 0 ? TopologyFault.MalformedMessage : fault;
    }

    private TopologyFault HandleEntry<TSink>(MapPeer peer, ReadOnlySpan<byte> encoded, HashSet<RecordHash> left, Moment now, ref TSink sink)
        where TSink : ITopologySink, allows ref struct
    {
        if (MapStatement.TryParse(encoded, out var entry) != StatementError.None)
        {
            return TopologyFault.MalformedRecord;
        }

        var hash = map.NameOf(entry!);
        if (!left.Remove(hash))
        {
            return TopologyFault.Unsolicited;
        }

        switch (map.Judge(entry!, now))
        {
            case StatementVerdict.Wanted:
                Verify(entry!, hash, peer.Address, ref sink);
                break;
            case StatementVerdict.Untrusted:
                // Not the neighbour's fault: it may believe others. It is looked at again when other parameters hold here.
                tally.Add(TopologyCounter.StatementsRefused);
                _ = _underWay.Remove(hash);
                peer.PassOver(hash);
                _isDue = true;
                break;
            default:
                PassOver(hash);
                break;
        }

        return TopologyFault.None;
    }
}
