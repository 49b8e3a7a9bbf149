using System.Numerics;
using System.Runtime.InteropServices;
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
        var open = ulong.MaxValue >> (TopologyLimits.MaxPullItems - covered);
        var fault = TopologyFault.None;
        for (var i = 0; i < count && fault == TopologyFault.None; i++)
        {
            fault = reader.TryUInt16(out var length) && reader.TryBytes(length, out var encoded)
                ? TakeBody(neighbour, pull, ref open, encoded, now, ref sink)
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

    // Of what was asked for and isn't answered yet there is a bit each in what is open.
    private TopologyFault TakeBody<TSink>(
        Neighbour neighbour, Neighbour.Pull pull, ref ulong open, ReadOnlySpan<byte> encoded, Moment now, ref TSink sink)
        where TSink : ITopologySink, allows ref struct
    {
        if (LinkStateRecord.TryParse(encoded, options.Network.Definition, out var record) != LinkStateError.None)
        {
            return TopologyFault.MalformedRecord;
        }

        var index = FindAsked(pull, open, record!);
        if (index < 0)
        {
            return TopologyFault.Unsolicited;
        }

        var asked = pull.Items[index].Asked;
        open &= ~(1UL << index);
        if (record!.Address != options.Own && database.Refuses(record, asked.IsEvidence, now) is { } refusal)
        {
            tally.Add(refusal);
            if (refusal == TopologyCounter.NotAdmitted && record.Address == neighbour.Address)
            {
                // Its own word, unverified: it can harm nobody but itself.
                watch.Showed(record.Address, now);
            }

            return TopologyFault.None;
        }

        var verification = new Verification(record, asked.Hash, asked.IsEvidence, neighbour.Address, pull);
        if (_verified.Contains(record))
        {
            tally.Add(TopologyCounter.VerifiedBefore);
            _ = Take(verification, now);
            return TopologyFault.None;
        }

        // Most records show the certificate that their predecessors showed: it isn't verified again.
        record.HasVerifiedCertificate = database.Find(record.Address) is { } held && record.ShowsCertificateOf(held);
        tally.Add(TopologyCounter.Verified);
        pull.Verifying++;
        neighbour.Account.Records.Take(record.MixKeyCount / TopologyLimits.UsualMixKeys, now.Micros);
        _flights[asked.Hash].IsVerifying = true;
        var id = sink.NextRequestId();
        _verifications.Add(id, verification);
        sink.RequestVerifyRecord(id, record, SignedMessage(record));
        return TopologyFault.None;
    }

    // The very record, or, where it has been replaced meanwhile, its successor; each answers one item.
    private static int FindAsked(Neighbour.Pull pull, ulong open, LinkStateRecord record)
    {
        var successor = -1;
        for (; open != 0; open &= open - 1)
        {
            var index = BitOperations.TrailingZeroCount(open);
            ref readonly var asked = ref CollectionsMarshal.AsSpan(pull.Items)[index].Asked;
            if (asked.Address != record.Address)
            {
                continue;
            }

            if (asked.Hash == record.Hash)
            {
                return index;
            }

            successor = successor < 0 && !asked.IsEvidence ? index : successor;
        }

        return successor;
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

    // Valid until the next one: whoever is to verify it takes a copy.
    private ReadOnlySpan<byte> SignedMessage(LinkStateRecord record)
    {
        var length = record.SignedMessageBytes;
        if (_signed.Length < length)
        {
            _signed = new byte[Math.Max(length, 2 * _signed.Length)];
        }

        record.WriteSignedMessage(options.Network.Definition, _signed);
        return _signed.AsSpan(0, length);
    }

    private sealed record Verification(
        LinkStateRecord Record, RecordHash Asked, bool IsEvidence, NodeAddress From, Neighbour.Pull Pull);
}
