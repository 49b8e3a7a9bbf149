using MixMq.Crypto;
using MixMq.Sphinx;

namespace MixMq.Overlay.Topology;

/// <content>
/// Comparing: where digests differ, one side shows its buckets' hashes and the other lists what it holds in those that differ, a page at a
/// time. The one that answers keeps nothing between two questions.
/// </content>
internal sealed partial class RecordExchange
{
    private static readonly NodeAddress End = NodeAddress.FromBytes(Enumerable.Repeat(byte.MaxValue, NodeAddress.ByteLength).ToArray());

    /// <summary>A HELLO has told whether a neighbour holds the same.</summary>
    public void HandleDigest(NodeAddress address, bool equal, Moment now)
    {
        if (!_neighbours.TryGetValue(address, out var neighbour))
        {
            return;
        }

        if (equal)
        {
            neighbour.Mismatches = 0;
            neighbour.ComparisonPause = TopologyLimits.ComparisonMicros;
            return;
        }

        // On a new link one of the two is enough, and both know which. The other asks when that hasn't helped.
        var asksFirst = neighbour.Mismatches is null && options.Own < address;
        neighbour.Mismatches = (neighbour.Mismatches ?? 0) + 1;
        if ((asksFirst || neighbour.Mismatches >= TopologyLimits.DigestMismatches)
            && now.Micros >= neighbour.NextComparison && neighbour.Comparing is null)
        {
            tally.Add(TopologyCounter.Comparisons);
            neighbour.Mismatches = 0;
            neighbour.NextComparison = now.Micros + (long)(neighbour.ComparisonPause * (0.75 + (0.5 * random.NextDouble())));
            neighbour.ComparisonPause = Math.Min(2 * neighbour.ComparisonPause, TopologyLimits.MaxComparisonMicros);
            var salt = new byte[TopologyLimits.SaltBytes];
            random.Fill(salt);
            neighbour.Comparing = new Neighbour.Comparison { Salt = salt };
            _agenda.Wake(neighbour);
        }
    }

    // The next page is asked for when most of the last one is fetched.
    private void Compare<TSink>(Neighbour neighbour, Moment now, ref TSink sink)
        where TSink : ITopologySink, allows ref struct
    {
        if (neighbour.Comparing is { Deadline: Moment.Never } comparing && neighbour.Wanted.Count <= TopologyLimits.MaxWanted / 2)
        {
            // No faster than an honest neighbour answers, or one whose pages never end would be asked as fast as it answers.
            comparing.AskAt = Moment.Never;
            if (!neighbour.Account.Pages.TryTake(now.Micros))
            {
                comparing.AskAt = neighbour.Account.Pages.WhenHolds(1);
                return;
            }

            comparing.Deadline = now.Micros + TopologyLimits.PullTimeoutMicros;
            tally.Add(TopologyCounter.Questions);
            _writer.Question(neighbour.Address, ++neighbour.Account.LastQuestionId, comparing.Salt, comparing.After, database.Buckets, ref sink);
        }
    }

    private TopologyFault HandleQuestion<TSink>(Neighbour neighbour, ReadOnlySpan<byte> body, Moment now, ref TSink sink)
        where TSink : ITopologySink, allows ref struct
    {
        var reader = new WireReader(body);
        if (!reader.TryUInt32(out var id) || !reader.TryBytes(TopologyLimits.SaltBytes, out var salt)
            || !reader.TryBytes(NodeAddress.ByteLength, out var after)
            || reader.Remaining != (DatabaseBuckets.Count - after[0]) * sizeof(ulong) || !reader.TryBytes(reader.Remaining, out var theirs))
        {
            return TopologyFault.MalformedMessage;
        }

        if (!neighbour.Account.Questions.TryTake(now.Micros))
        {
            tally.Add(TopologyCounter.QuestionsRefused);
            return TopologyFault.None;
        }

        _writer.Difference(neighbour.Address, id, salt, NodeAddress.FromBytes(after), theirs, database.Buckets, ref sink);
        return TopologyFault.None;
    }

    private TopologyFault HandleDifference(Neighbour neighbour, ReadOnlySpan<byte> body, Moment now)
    {
        var reader = new WireReader(body);
        if (!reader.TryUInt32(out var id) || !reader.TryBytes(NodeAddress.ByteLength, out var lastBytes)
            || !reader.TryBytes(GossipWriter.BitmapBytes, out var differing) || !reader.TryUInt16(out var count)
            || reader.Remaining != count * Announcement.Bytes || !reader.TryBytes(reader.Remaining, out var items))
        {
            return TopologyFault.MalformedMessage;
        }

        if (neighbour.Comparing is not { Deadline: not Moment.Never } comparing || id != neighbour.Account.LastQuestionId)
        {
            return id != 0 && id <= neighbour.Account.LastQuestionId ? TopologyFault.None : TopologyFault.Unsolicited;
        }

        var last = NodeAddress.FromBytes(lastBytes);
        if (!IsPage(comparing.After, last, differing, items))
        {
            return TopologyFault.MalformedMessage;
        }

        for (reader = new WireReader(items); Announcement.TryRead(ref reader, out var announced);)
        {
            Hear(neighbour, announced, now);
        }

        TellMissing(neighbour, comparing.After, last, differing, items, now);
        (comparing.After, comparing.Deadline) = (last, Moment.Never);
        neighbour.Comparing = last == End ? null : comparing;
        _agenda.Wake(neighbour);
        return TopologyFault.None;
    }

    // Pages go forward, name differing buckets within themselves only, and list only what lies in those, ascending; evidence comes in twos.
    private static bool IsPage(NodeAddress after, NodeAddress last, ReadOnlySpan<byte> differing, ReadOnlySpan<byte> items)
    {
        var (first, final) = (DatabaseBuckets.IndexOf(after), DatabaseBuckets.IndexOf(last));
        for (var bucket = 0; bucket < DatabaseBuckets.Count; bucket++)
        {
            if (GossipWriter.IsSet(differing, bucket) && (bucket < first || bucket > final))
            {
                return false;
            }
        }

        var (previous, alike) = (after, 2);
        for (var reader = new WireReader(items); reader.Remaining > 0;)
        {
            if (!Announcement.TryRead(ref reader, out var announced) || announced.Address > last
                || !GossipWriter.IsSet(differing, DatabaseBuckets.IndexOf(announced.Address)))
            {
                return false;
            }

            alike = announced.Address == previous ? alike + 1 : 1;
            if (announced.Address < previous || alike > (announced.IsEvidence ? 2 : 1))
            {
                return false;
            }

            previous = announced.Address;
        }

        return last == End || (last > after && previous == last);
    }

    // What this node holds in the buckets that differ and the neighbour, by its own list, doesn't. (What it holds of an older sequence is told
    // where it is heard.)
    private void TellMissing(Neighbour neighbour, NodeAddress after, NodeAddress last, ReadOnlySpan<byte> differing, ReadOnlySpan<byte> items, Moment now)
    {
        var reader = new WireReader(items);
        var more = Announcement.TryRead(ref reader, out var theirs);
        var told = 0;
        for (var bucket = DatabaseBuckets.IndexOf(after); bucket <= DatabaseBuckets.IndexOf(last); bucket++)
        {
            if (!GossipWriter.IsSet(differing, bucket))
            {
                continue;
            }

            foreach (var origin in database.Buckets.After(bucket, after))
            {
                if (origin.Address > last || told == TopologyLimits.MaxTold)
                {
                    return;
                }

                while (more && theirs.Address < origin.Address)
                {
                    more = Announcement.TryRead(ref reader, out theirs);
                }

                var hasIt = more && theirs.Address == origin.Address && theirs.IsEvidence == origin.IsQuarantined;
                if (origin.IsShown && !hasIt && !(more && theirs.Address == origin.Address && theirs.IsEvidence))
                {
                    Tell(neighbour, origin.Address, now);
                    told++;
                }
            }
        }
    }
}
