using MixMq.Sphinx;

namespace MixMq.Overlay.Topology;

/// <content>Fetching: what is wanted is pulled, its bodies are checked and verified, and what holds is taken.</content>
internal sealed partial class RecordExchange
{
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
        sink.RequestVerifyRecord(id, record, record.SignedMessage(options.Network.Definition));
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
