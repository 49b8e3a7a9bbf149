using MixMq.Overlay.Links;
using MixMq.Overlay.Mixing;
using MixMq.Overlay.Topology;
using MixMq.Sphinx;

namespace MixMq.Overlay;

/// <content>What the parts tell each other.</content>
public sealed partial class OverlayCore
{
    private TopologyOutput<TSink> Output<TSink>(ref TSink sink)
        where TSink : IOverlaySink => new(_links, _ids, _faulty, _unadmitted, ref sink);

    private void Unwrap<TSink>(PacketBuffer packet, Moment now, ref TSink sink)
        where TSink : IOverlaySink
    {
        UpdateKeys(now, ref sink);
        _packets.Unwrap(packet, now, ref sink);
    }

    private void UpdateKeys<TSink>(Moment now, ref TSink sink)
        where TSink : IOverlaySink
    {
        if (_keys.NeedsUpdate(now.UnixMillis) && _keys.Update(now.UnixMillis, ref sink))
        {
            Publish(now, ref sink);
        }
    }

    private void Publish<TSink>(Moment now, ref TSink sink)
        where TSink : IOverlaySink
    {
        var output = Output(ref sink);
        _topology.HandleMixKeys(_keys.Published(), now, ref output);
    }

    /// <summary>Carries what the parts have to tell each other until there is nothing left; each round takes from a bounded number of links.</summary>
    private void Drain<TSink>(Moment now, ref TSink sink)
        where TSink : IOverlaySink
    {
        if (_stopped)
        {
            _links.Changes.Clear();
            _faulty.Clear();
            _unadmitted.Clear();
            return;
        }

        while (_links.Changes.Count > 0 || _faulty.Count > 0 || _unadmitted.Count > 0)
        {
            while (_links.Changes.TryDequeue(out var change))
            {
                Tell(change, now, ref sink);
            }

            while (_faulty.TryDequeue(out var neighbour))
            {
                Count(DropCause.TopologyFault);
                _links.CloseNeighbour(neighbour, LinkCloseReason.ProtocolViolation, now, ref sink);
            }

            while (_unadmitted.TryDequeue(out var neighbour))
            {
                _links.CloseNeighbour(neighbour, LinkCloseReason.NotAdmitted, now, ref sink);
            }
        }

        Schedule(now);
    }

    private void Tell<TSink>(NeighbourChange change, Moment now, ref TSink sink)
        where TSink : IOverlaySink
    {
        var output = Output(ref sink);
        if (change.Kind != NeighbourChangeKind.Up)
        {
            _topology.HandleLinkDown(change.Neighbour, now, ref output);
        }

        if (change.Kind != NeighbourChangeKind.Down)
        {
            _topology.HandleLinkUp(change.Neighbour, now, ref output);
        }
    }

    /// <summary>
    /// Whether the wall clock has moved against the other one since the last look. Records expire by the wall clock, and a node that has no link hears
    /// nothing else that would make it look at them.
    /// </summary>
    private bool WallClockWasSet(Moment now)
    {
        var before = _wallClockMillis;
        _wallClockMillis = now.UnixMillis - (now.Micros / Moment.MicrosPerMilli);
        return Math.Abs(_wallClockMillis - before) > 500;
    }

    private void Schedule(Moment now)
    {
        // The wall clock may be set between two looks at it, so the keys' deadline is taken anew from each input's time.
        var keys = now.Micros + Math.Max(0, (_keys.ValidUntilUnixMillis - now.UnixMillis) * Moment.MicrosPerMilli);
        NextDeadline = Math.Min(Math.Min(_links.NextDeadline, _topology.NextDeadline), Math.Min(_packets.NextMicros, keys));
    }
}
