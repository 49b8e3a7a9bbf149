using MixMq.Sphinx;

namespace MixMq.Overlay.Topology;

/// <content>Pulling: what is asked of which neighbour, and when.</content>
internal sealed partial class RecordExchange
{
    private void EndOverdue(Neighbour neighbour, Moment now)
    {
        if (neighbour.Outstanding is { IsAnswered: false } pull && pull.Deadline <= now.Micros)
        {
            tally.Add(TopologyCounter.PullTimeouts);
            neighbour.Outstanding = null;
            neighbour.PenaltyUntil = now.Micros + TopologyLimits.PullPenaltyMicros;
            neighbour.NextPull = neighbour.PenaltyUntil;
            foreach (var (_, want) in pull.Items)
            {
                neighbour.Wanted.Drop(want);
            }

            Release(pull);
        }

        if (neighbour.Comparing?.Deadline <= now.Micros)
        {
            tally.Add(TopologyCounter.QuestionTimeouts);
            neighbour.Comparing = null;
        }
    }

    /// <summary>Asks a neighbour that isn't being asked for what only it may have to give now.</summary>
    private void Pull<TSink>(Neighbour neighbour, Moment now, ref TSink sink)
        where TSink : ITopologySink, allows ref struct
    {
        if (neighbour.Outstanding is not null || neighbour.NextPull > now.Micros)
        {
            return;
        }

        if (neighbour.PenaltyUntil > now.Micros)
        {
            neighbour.NextPull = neighbour.PenaltyUntil;
            return;
        }

        neighbour.NextPull = Moment.Never;
        _chosen.Clear();
        while (_chosen.Count < TopologyLimits.MaxPullItems && neighbour.Wanted.Peek(now.Micros) is { } want && TryChoose(neighbour, want, now))
        {
            neighbour.Wanted.Take();
            if (want.State == WantState.Asked)
            {
                _chosen.Add((want.Announced, want));
            }
            else if (want.State == WantState.Queued)
            {
                neighbour.Wanted.Drop(want);
            }
        }

        neighbour.NextPull = Math.Min(neighbour.NextPull, neighbour.Wanted.NextLater);
        if (_chosen.Count > 0)
        {
            List<(Announcement Asked, Want Want)> items = [.. _chosen];
            neighbour.Outstanding = new Neighbour.Pull
            {
                Id = ++neighbour.Account.LastPullId,
                Items = items,
                Deadline = now.Micros + TopologyLimits.PullTimeoutMicros,
            };
            tally.Add(TopologyCounter.Pulls);
            _writer.Pull(neighbour.Address, neighbour.Account.LastPullId, items, ref sink);
        }
    }

    // Moves the first of what is wanted on: it is asked for now, later, after another neighbour, or (left queued) not at all. False: none
    // may be asked for now.
    private bool TryChoose(Neighbour neighbour, Want want, Moment now)
    {
        var announced = want.Announced;
        if (Consider(announced) != Interest.Wanted)
        {
            return true;
        }

        if (_flights.TryGetValue(announced.Hash, out var flight))
        {
            want.State = WantState.Waiting;
            flight.Waiting.Add((neighbour, want));
            return true;
        }

        var accepts = announced.IsEvidence || announced.Address == options.Own ? long.MinValue : database.WhenAccepts(announced.Address);
        if (accepts > now.Micros)
        {
            neighbour.Wanted.Postpone(want, accepts);
            return true;
        }

        if (!neighbour.Account.Records.TryTake(now.Micros))
        {
            neighbour.NextPull = neighbour.WhenMayAsk;
            return false;
        }

        want.State = WantState.Asked;
        _flights.Add(announced.Hash, new Flight());
        return true;
    }

    // What was being asked of this neighbour may be asked of others.
    private void Release(Neighbour.Pull pull)
    {
        if (!pull.IsAnswered)
        {
            foreach (var (asked, _) in pull.Items)
            {
                EndFlight(asked.Hash);
            }
        }
    }

    private void EndFlight(RecordHash hash)
    {
        if (!_flights.Remove(hash, out var flight))
        {
            return;
        }

        foreach (var (neighbour, want) in flight.Waiting)
        {
            if (!neighbour.IsGone && want.State == WantState.Waiting)
            {
                neighbour.Wanted.Enqueue(want);
                LookAgain(neighbour);
            }
        }
    }

    private void LookAgain(Neighbour neighbour)
    {
        neighbour.NextPull = long.MinValue;
        _agenda.Wake(neighbour);
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

        if (!neighbour.Account.Pulls.TryTake(now.Micros))
        {
            tally.Add(TopologyCounter.PullsRefused);
            return TopologyFault.None;
        }

        _writer.Bodies(neighbour.Address, id, items, database, ref sink);
        return TopologyFault.None;
    }
}
