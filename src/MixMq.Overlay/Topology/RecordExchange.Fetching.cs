using MixMq.Sphinx;

namespace MixMq.Overlay.Topology;

/// <content>Fetching: the bodies that come are checked and verified, and what holds is taken.</content>
internal sealed partial class RecordExchange
{
    public void HandleVerified<TSink>(RequestId id, bool valid, Moment now, ref TSink sink)
        where TSink : ITopologySink, allows ref struct
    {
        if (!_verifications.Remove(id, out var verification))
        {
            return;
        }

        if (valid)
        {
            if (!Take(verification, now))
            {
                // It may be offered again; what was taken is known by its hash.
                _verified.Add(verification.Record);
            }
        }

        EndFlight(verification.Asked);
        var there = _neighbours.TryGetValue(verification.From, out var neighbour);
        if (there && neighbour!.Outstanding == verification.Pull && --verification.Pull.Verifying == 0)
        {
            neighbour.Outstanding = null;
            LookAgain(neighbour);
        }

        if (!valid)
        {
            tally.Add(TopologyCounter.BadSignature);
            if (there)
            {
                tally.Add(TopologyCounter.Faults);
                sink.NeighbourFault(verification.From, TopologyFault.BadSignature);
            }
        }
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
            return id != 0 && id <= neighbour.Account.LastPullId ? TopologyFault.None : TopologyFault.Unsolicited;
        }

        if (covered > pull.Items.Count)
        {
            return TopologyFault.MalformedMessage;
        }

        pull.IsAnswered = true;
        neighbour.Account.Records.Return(pull.Items.Count - covered);
        CloseItems(neighbour, pull, covered);
        var open = pull.Items[..covered];
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

        foreach (var (asked, _) in pull.Items)
        {
            if (_flights.TryGetValue(asked.Hash, out var flight) && !flight.IsVerifying)
            {
                EndFlight(asked.Hash);
            }
        }

        if (pull.Verifying == 0)
        {
            neighbour.Outstanding = null;
        }

        LookAgain(neighbour);
        return fault;
    }

    // What is covered is answered, whether a body comes or not; what isn't is asked for again, and so is what was announced meanwhile.
    private static void CloseItems(Neighbour neighbour, Neighbour.Pull pull, int covered)
    {
        for (var i = 0; i < pull.Items.Count; i++)
        {
            var (asked, want) = pull.Items[i];
            if (i < covered && want.Announced == asked)
            {
                neighbour.Wanted.Drop(want);
            }
            else
            {
                neighbour.Wanted.Enqueue(want);
            }
        }
    }

    private TopologyFault TakeBody<TSink>(
        Neighbour neighbour, Neighbour.Pull pull, List<(Announcement Asked, Want Want)> open, ReadOnlySpan<byte> encoded, Moment now, ref TSink sink)
        where TSink : ITopologySink, allows ref struct
    {
        if (LinkStateRecord.TryParse(encoded, options.Network.Definition, out var record) != LinkStateError.None)
        {
            return TopologyFault.MalformedRecord;
        }

        // The very record, or, where it has been replaced meanwhile, its successor; each answers one item.
        var index = open.FindIndex(item => item.Asked.Address == record!.Address && item.Asked.Hash == record.Hash);
        if (index < 0)
        {
            index = open.FindIndex(item => item.Asked.Address == record!.Address && !item.Asked.IsEvidence);
        }

        if (index < 0)
        {
            return TopologyFault.Unsolicited;
        }

        var asked = open[index].Asked;
        open.RemoveAt(index);
        if (record!.Address != options.Own && database.Refuses(record, asked.IsEvidence, now) is { } refusal)
        {
            tally.Add(refusal);
            return TopologyFault.None;
        }

        var verification = new Verification(record, asked.Hash, asked.IsEvidence, neighbour.Address, pull);
        if (_verified.Contains(record))
        {
            tally.Add(TopologyCounter.VerifiedBefore);
            _ = Take(verification, now);
            return TopologyFault.None;
        }

        tally.Add(TopologyCounter.Verified);
        pull.Verifying++;
        neighbour.Account.Records.Take(record.MixKeyCount / TopologyLimits.UsualMixKeys, now.Micros);
        _flights[asked.Hash].IsVerifying = true;
        var id = sink.NextRequestId();
        _verifications.Add(id, verification);
        sink.RequestVerifyRecord(id, record, record.SignedMessage(options.Network.Definition));
        return TopologyFault.None;
    }

    private bool Take(Verification verification, Moment now)
    {
        var record = verification.Record;
        if (record.Address == options.Own)
        {
            if (own.Hear(record, now))
            {
                tally.Add(TopologyCounter.OwnJumps);
            }

            return false;
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
                foreach (var told in _inOrder)
                {
                    Tell(told, record.Address, now);
                }

                MarkChanged(now);
                break;

            case TopologyCounter.Deferred when _neighbours.TryGetValue(verification.From, out var neighbour):
                Hear(neighbour, new Announcement(record.Address, record.Sequence, record.Hash, verification.IsEvidence), now);
                break;

            default:
                break;
        }

        return outcome is TopologyCounter.Accepted or TopologyCounter.Equivocations;
    }

    private sealed record Verification(
        LinkStateRecord Record, RecordHash Asked, bool IsEvidence, NodeAddress From, Neighbour.Pull Pull);
}
