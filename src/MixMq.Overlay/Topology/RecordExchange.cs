using MixMq.Sphinx;

namespace MixMq.Overlay.Topology;

/// <summary>
/// Gossip with the neighbours: who has what is announced, bodies are pulled, each once and from one neighbour at a time, and verified
/// before they are handed on. Unverified data decides nothing but what to ask for.
/// </summary>
internal sealed partial class RecordExchange(TopologyOptions options, TopologyDatabase database, OwnRecord own, TopologyTally tally)
{
    private readonly SortedDictionary<NodeAddress, Neighbour> _neighbours = [];
    private readonly Dictionary<RequestId, Verification> _verifications = [];
    private readonly HashSet<RecordHash> _inFlight = [];
    private readonly VerifiedRecords _verified = new(2 * options.RecordLimit);
    private readonly GossipWriter _writer = new(options.MaxCellContent);
    private readonly List<Announcement> _announcements = [];
    private long _flushAt = Moment.Never;
    private bool _viewChanged;

    public long NextDeadline
    {
        get
        {
            var deadline = _flushAt;
            foreach (var neighbour in _neighbours.Values)
            {
                deadline = Math.Min(deadline, neighbour.NextDeadline);
            }

            return deadline;
        }
    }

    public bool Owns(RequestId id) => _verifications.ContainsKey(id);

    public void AddNeighbour(NodeAddress address, Moment now)
    {
        if (!_neighbours.ContainsKey(address))
        {
            _neighbours.Add(address, new Neighbour(address, options.MaxCellContent, now.Micros) { IsPaging = true, NextPage = now.Micros });
            MarkChanged(now);
        }
    }

    public void RemoveNeighbour(NodeAddress address, Moment now)
    {
        if (_neighbours.Remove(address, out var neighbour))
        {
            Release(neighbour, now);
            MarkChanged(now);
        }
    }

    /// <summary>The view is to be made anew soon.</summary>
    public void MarkChanged(Moment now)
    {
        _viewChanged = true;
        _flushAt = Math.Min(_flushAt, now.Micros + TopologyLimits.GatherMicros);
    }

    /// <summary>Tells all neighbours of a record, but the one it came from and those who announced the same.</summary>
    public void Spread(LinkStateRecord record, NodeAddress? from, Moment now)
    {
        var key = new WantedKey(new Announcement(record.Address, record.Sequence, record.Hash, IsEvidence: false));
        foreach (var neighbour in _neighbours.Values)
        {
            var hasIt = neighbour.Wanted.TryGetValue(key, out var announced) && announced.Hash == record.Hash;
            if (neighbour.Address != from && !hasIt)
            {
                _ = neighbour.ToAnnounce.Add(record.Address);
            }
        }

        MarkChanged(now);
    }

    public void HandleDigest(NodeAddress address, bool equal, Moment now)
    {
        if (!_neighbours.TryGetValue(address, out var neighbour))
        {
            return;
        }

        if (equal)
        {
            neighbour.Mismatches = 0;
            neighbour.RepairPause = TopologyLimits.RepairMicros;
            return;
        }

        neighbour.Mismatches++;
        if (neighbour.Mismatches >= TopologyLimits.DigestMismatches && now.Micros >= neighbour.NextRepair
            && neighbour is { IsPaging: false, Outstanding: null })
        {
            tally.Add(TopologyCounter.Repairs);
            (neighbour.IsPaging, neighbour.Cursor, neighbour.NextPage) = (true, null, now.Micros);
            neighbour.Mismatches = 0;
            neighbour.NextRepair = now.Micros + neighbour.RepairPause;
            neighbour.RepairPause = Math.Min(2 * neighbour.RepairPause, TopologyLimits.MaxRepairMicros);
        }
    }

    public TopologyFault HandleCell<TSink>(NodeAddress address, ReadOnlySpan<byte> cellContent, Moment now, ref TSink sink)
        where TSink : ITopologySink, allows ref struct
    {
        if (!_neighbours.TryGetValue(address, out var neighbour))
        {
            return TopologyFault.None;
        }

        var fault = neighbour.Assembler.Take(cellContent, out var message);
        if (fault != TopologyFault.None || message.IsEmpty)
        {
            return fault;
        }

        return (GossipKind)message[0] switch
        {
            GossipKind.Announce => HandleAnnounce(neighbour, message[1..], now),
            GossipKind.Pull => HandlePull(neighbour, message[1..], now, ref sink),
            GossipKind.Bodies => HandleBodies(neighbour, message[1..], now, ref sink),
            _ => TopologyFault.MalformedMessage,
        };
    }

    /// <summary>Sends what is to be announced.</summary>
    /// <returns>Whether the view must be made anew.</returns>
    public bool Flush<TSink>(Moment now, ref TSink sink)
        where TSink : ITopologySink, allows ref struct
    {
        var isDue = _flushAt <= now.Micros;
        foreach (var neighbour in _neighbours.Values)
        {
            _announcements.Clear();
            if (isDue)
            {
                foreach (var address in neighbour.ToAnnounce)
                {
                    database.Describe(address, _announcements);
                }

                neighbour.ToAnnounce.Clear();
            }

            if (neighbour.IsPaging && neighbour.NextPage <= now.Micros)
            {
                NextPage(neighbour, now);
            }

            if (_announcements.Count > 0)
            {
                _writer.Announce(neighbour.Address, _announcements, ref sink);
            }
        }

        if (!isDue)
        {
            return false;
        }

        _flushAt = Moment.Never;
        var changed = _viewChanged;
        _viewChanged = false;
        return changed;
    }

    private void NextPage(Neighbour neighbour, Moment now)
    {
        var count = 0;
        var last = neighbour.Cursor;
        foreach (var address in database.After(neighbour.Cursor))
        {
            database.Describe(address, _announcements);
            last = address;
            if (++count == TopologyLimits.MaxAnnounceEntries)
            {
                break;
            }
        }

        neighbour.IsPaging = count == TopologyLimits.MaxAnnounceEntries;
        neighbour.Cursor = last;
        neighbour.NextPage = now.Micros + TopologyLimits.PageMicros;
    }

    private Interest Consider(in Announcement announced)
    {
        if (announced.Address != options.Own)
        {
            return database.Consider(announced);
        }

        return !announced.IsEvidence && announced.Sequence >= own.Sequence && announced.Hash != own.Published?.Hash ? Interest.Wanted : Interest.Known;
    }

    private TopologyFault HandleAnnounce(Neighbour neighbour, ReadOnlySpan<byte> body, Moment now)
    {
        var reader = new WireReader(body);
        if (!reader.TryUInt16(out var count) || count == 0 || reader.Remaining != count * GossipWriter.AnnouncementBytes)
        {
            return TopologyFault.MalformedMessage;
        }

        for (var i = 0; i < count; i++)
        {
            _ = reader.TryBytes(32, out var address);
            _ = reader.TryUInt64(out var sequence);
            _ = reader.TryBytes(RecordHash.Bytes, out var hash);
            _ = reader.TryByte(out var evidence);
            if (sequence is 0 or > TopologyLimits.MaxSequence || evidence > 1)
            {
                return TopologyFault.MalformedMessage;
            }

            Hear(neighbour, new Announcement(NodeAddress.FromBytes(address), sequence, RecordHash.FromBytes(hash), evidence == 1), now);
        }

        return TopologyFault.None;
    }

    private void Hear(Neighbour neighbour, in Announcement announced, Moment now)
    {
        switch (Consider(announced))
        {
            case Interest.Wanted:
                var key = new WantedKey(announced);
                var known = neighbour.Wanted.TryGetValue(key, out var earlier);
                if (!known && neighbour.Wanted.Count >= TopologyLimits.MaxWanted)
                {
                    tally.Add(TopologyCounter.AnnouncementsPassed);
                }
                else if (!known || earlier.Sequence <= announced.Sequence)
                {
                    neighbour.Wanted[key] = announced;
                    neighbour.NextPull = Math.Min(neighbour.NextPull, now.Micros);
                }

                break;

            case Interest.Behind:
                _ = neighbour.ToAnnounce.Add(announced.Address);
                _flushAt = Math.Min(_flushAt, now.Micros + TopologyLimits.GatherMicros);
                break;

            default:
                // It has what we were about to tell it, unless that has changed since.
                if (!announced.IsEvidence && database.Find(announced.Address)?.Hash == announced.Hash)
                {
                    _ = neighbour.ToAnnounce.Remove(announced.Address);
                }

                break;
        }
    }

    private TopologyFault HandlePull<TSink>(Neighbour neighbour, ReadOnlySpan<byte> body, Moment now, ref TSink sink)
        where TSink : ITopologySink, allows ref struct
    {
        var reader = new WireReader(body);
        if (!reader.TryUInt32(out var id) || !reader.TryByte(out var count) || count is 0 or > TopologyLimits.MaxPullItems
            || reader.Remaining != count * GossipWriter.PullItemBytes || !reader.TryBytes(reader.Remaining, out var items))
        {
            return TopologyFault.MalformedMessage;
        }

        if (!neighbour.TakePullAllowance(now.Micros))
        {
            tally.Add(TopologyCounter.PullsRefused);
            return TopologyFault.None;
        }

        _writer.Bodies(neighbour.Address, id, items, database, ref sink);
        return TopologyFault.None;
    }
}
