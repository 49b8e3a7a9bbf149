using MixMq.Sphinx;

namespace MixMq.Overlay.Topology;

/// <summary>
/// Gossip with the neighbours: who has what is announced, bodies are pulled, each once and from one neighbour at a time, and verified
/// before they are handed on. Unverified data decides nothing but what to ask for.
/// </summary>
internal sealed class RecordExchange(TopologyOptions options, TopologyDatabase database, OwnRecord own, TopologyTally tally)
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

    public void HandleVerified<TSink>(RequestId id, bool valid, Moment now, ref TSink sink)
        where TSink : ITopologySink, allows ref struct
    {
        if (!_verifications.Remove(id, out var verification))
        {
            return;
        }

        _ = _inFlight.Remove(verification.Record.Hash);
        var there = _neighbours.TryGetValue(verification.From, out var neighbour);
        if (there && neighbour!.Outstanding == verification.Pull && --verification.Pull.Verifying == 0)
        {
            neighbour.Outstanding = null;
        }

        WakePulls(now);
        if (valid)
        {
            _verified.Add(verification.Record.ExactHash);
            Take(verification, now);
            return;
        }

        tally.Add(TopologyCounter.BadSignature);
        if (there)
        {
            tally.Add(TopologyCounter.Faults);
            sink.NeighbourFault(verification.From, TopologyFault.BadSignature);
        }
    }

    public void Advance<TSink>(Moment now, ref TSink sink)
        where TSink : ITopologySink, allows ref struct
    {
        foreach (var neighbour in _neighbours.Values)
        {
            if (neighbour.Outstanding is { IsAnswered: false } pull && pull.Deadline <= now.Micros)
            {
                tally.Add(TopologyCounter.PullTimeouts);
                foreach (var item in pull.Items)
                {
                    _ = neighbour.Wanted.Remove(new WantedKey(item));
                }

                neighbour.PenaltyUntil = now.Micros + TopologyLimits.PullPenaltyMicros;
                Release(neighbour, now);
            }
        }
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

    /// <summary>Asks each neighbour that isn't being asked for what only it may have to give now.</summary>
    public void SchedulePulls<TSink>(Moment now, ref TSink sink)
        where TSink : ITopologySink, allows ref struct
    {
        foreach (var neighbour in _neighbours.Values)
        {
            if (neighbour.Outstanding is not null || neighbour.NextPull > now.Micros)
            {
                continue;
            }

            if (neighbour.PenaltyUntil > now.Micros)
            {
                neighbour.NextPull = neighbour.PenaltyUntil;
                continue;
            }

            var items = ChooseItems(neighbour, now);
            if (items.Count > 0)
            {
                neighbour.Outstanding = new Neighbour.Pull
                {
                    Id = ++neighbour.LastPullId,
                    Items = items,
                    Deadline = now.Micros + TopologyLimits.PullTimeoutMicros,
                };
                tally.Add(TopologyCounter.Pulls);
                _writer.Pull(neighbour.Address, neighbour.LastPullId, items, ref sink);
            }
        }
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

    private List<Announcement> ChooseItems(Neighbour neighbour, Moment now)
    {
        var items = new List<Announcement>();
        neighbour.NextPull = Moment.Never;
        foreach (var (key, announced) in neighbour.Wanted)
        {
            if (Consider(announced) != Interest.Wanted)
            {
                _ = neighbour.Wanted.Remove(key); // Removing while enumerating is allowed for Dictionary.
                continue;
            }

            if (_inFlight.Contains(announced.Hash))
            {
                continue;
            }

            var accepts = announced.IsEvidence || announced.Address == options.Own ? long.MinValue : database.WhenAccepts(announced.Address);
            if (accepts > now.Micros)
            {
                neighbour.NextPull = Math.Min(neighbour.NextPull, accepts);
                continue;
            }

            if (items.Count == TopologyLimits.MaxPullItems)
            {
                break;
            }

            if (!neighbour.TakeRecordAllowance(now.Micros))
            {
                neighbour.NextPull = Math.Min(neighbour.NextPull, neighbour.WhenMayAsk);
                break;
            }

            items.Add(announced);
            _ = _inFlight.Add(announced.Hash);
        }

        return items;
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

    private TopologyFault HandleBodies<TSink>(Neighbour neighbour, ReadOnlySpan<byte> body, Moment now, ref TSink sink)
        where TSink : ITopologySink, allows ref struct
    {
        var reader = new WireReader(body);
        if (!reader.TryUInt32(out var id) || !reader.TryByte(out var covered) || !reader.TryByte(out var count) || covered == 0 || count > covered)
        {
            return TopologyFault.MalformedMessage;
        }

        if (neighbour.Outstanding is not { IsAnswered: false } pull || pull.Id != id)
        {
            // What answers a pull that timed out is late; what answers one that was never sent is made up.
            return id != 0 && id <= neighbour.LastPullId ? TopologyFault.None : TopologyFault.Unsolicited;
        }

        if (covered > pull.Items.Count)
        {
            return TopologyFault.MalformedMessage;
        }

        pull.IsAnswered = true;
        Release(neighbour, now, keepPull: true);
        var open = pull.Items[..covered];
        foreach (var item in open)
        {
            _ = neighbour.Wanted.Remove(new WantedKey(item));
        }

        var fault = TopologyFault.None;
        for (var i = 0; i < count && fault == TopologyFault.None; i++)
        {
            fault = reader.TryUInt16(out var length) && reader.TryBytes(length, out var encoded)
                ? TakeBody(neighbour, pull, open, encoded, now, ref sink)
                : TopologyFault.MalformedMessage;
        }

        if (fault == TopologyFault.None && reader.Remaining != 0)
        {
            fault = TopologyFault.MalformedMessage;
        }

        if (pull.Verifying == 0)
        {
            neighbour.Outstanding = null;
        }

        return fault;
    }

    private TopologyFault TakeBody<TSink>(
        Neighbour neighbour, Neighbour.Pull pull, List<Announcement> open, ReadOnlySpan<byte> encoded, Moment now, ref TSink sink)
        where TSink : ITopologySink, allows ref struct
    {
        if (LinkStateRecord.TryParse(encoded, options.Network.Definition, out var record) != LinkStateError.None)
        {
            return TopologyFault.MalformedRecord;
        }

        // The very record, or, where it has been replaced meanwhile, its successor; each answers one item.
        var index = open.FindIndex(item => item.Address == record!.Address && item.Hash == record.Hash);
        if (index < 0)
        {
            index = open.FindIndex(item => item.Address == record!.Address && !item.IsEvidence);
        }

        if (index < 0)
        {
            return TopologyFault.Unsolicited;
        }

        var isEvidence = open[index].IsEvidence;
        open.RemoveAt(index);
        var isOwn = record!.Address == options.Own;
        if (!isOwn && database.Refuses(record, isEvidence, now) is { } refusal)
        {
            tally.Add(refusal);
            return TopologyFault.None;
        }

        var verification = new Verification(record, isEvidence, neighbour.Address, pull);
        if (_verified.Contains(record.ExactHash))
        {
            tally.Add(TopologyCounter.VerifiedBefore);
            Take(verification, now);
            return TopologyFault.None;
        }

        tally.Add(TopologyCounter.Verified);
        pull.Verifying++;
        _ = _inFlight.Add(record.Hash);
        var id = sink.NextRequestId();
        _verifications.Add(id, verification);
        sink.RequestVerify(id, record.Address, record.SignedMessage(options.Network.Definition), record.Signature);
        return TopologyFault.None;
    }

    private void Take(Verification verification, Moment now)
    {
        var record = verification.Record;
        if (record.Address == options.Own)
        {
            if (own.Hear(record, now))
            {
                tally.Add(TopologyCounter.OwnJumps);
            }

            return;
        }

        var outcome = database.Accept(record, verification.IsEvidence, verification.From, now);
        tally.Add(outcome);
        switch (outcome)
        {
            case TopologyCounter.Accepted:
                Spread(record, verification.From, now);
                break;

            case TopologyCounter.Equivocations:
                // Everybody is told of both: the neighbour it came from may know one of the two only.
                foreach (var told in _neighbours.Values)
                {
                    _ = told.ToAnnounce.Add(record.Address);
                }

                MarkChanged(now);
                break;

            case TopologyCounter.Deferred when _neighbours.TryGetValue(verification.From, out var neighbour):
                var announced = new Announcement(record.Address, record.Sequence, record.Hash, verification.IsEvidence);
                _ = neighbour.Wanted.TryAdd(new WantedKey(announced), announced);
                neighbour.NextPull = Math.Min(neighbour.NextPull, now.Micros);
                break;

            default:
                break;
        }
    }

    // What was being asked of this neighbour may be asked of others.
    private void Release(Neighbour neighbour, Moment now, bool keepPull = false)
    {
        if (neighbour.Outstanding is { } pull)
        {
            foreach (var item in pull.Items)
            {
                _ = _inFlight.Remove(item.Hash);
            }

            WakePulls(now);
        }

        neighbour.Outstanding = keepPull ? neighbour.Outstanding : null;
    }

    private void WakePulls(Moment now)
    {
        foreach (var neighbour in _neighbours.Values)
        {
            if (neighbour.Wanted.Count > 0)
            {
                neighbour.NextPull = Math.Min(neighbour.NextPull, now.Micros);
            }
        }
    }

    private sealed record Verification(LinkStateRecord Record, bool IsEvidence, NodeAddress From, Neighbour.Pull Pull);
}
