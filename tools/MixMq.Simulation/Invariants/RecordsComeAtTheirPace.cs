using MixMq.Overlay;
using MixMq.Overlay.Topology;
using MixMq.Simulation.Nodes;
using MixMq.Simulation.Observation;
using MixMq.Sphinx;

namespace MixMq.Simulation.Invariants;

/// <summary>
/// However many records an origin makes, no node spends more on them than the origin's bucket allows (spec/06, section 4). Counted are verified
/// records, with room for those that come again and for buckets that begin anew.
/// </summary>
public sealed class RecordsComeAtTheirPace(Exemptions exemptions) : Invariant(exemptions)
{
    private const int Slack = 10;
    private readonly Dictionary<(int Viewer, NodeAddress Origin), (long Since, int Count)> _counts = [];

    public override void SignatureChecked(SimNode node, NodeAddress signer, ReadOnlySpan<byte> message, bool valid)
    {
        if (!valid || signer == node.Address || !IsHonest(node) || !message.StartsWith(LinkStateRecord.SignatureLabel))
        {
            return;
        }

        var key = (node.Index, signer);
        var (since, count) = _counts.TryGetValue(key, out var held) ? held : (World.Clock.Micros, 0);
        _counts[key] = (since, ++count);
        var earned = (World.Clock.Micros - since) / TopologyLimits.OriginIntervalMicros;
        if (count > Slack + TopologyLimits.OriginBurst + (2 * earned))
        {
            Violate($"{node.Name} verified {count} records of one origin in {(World.Clock.Micros - since) / Moment.MicrosPerSecond} s.");
        }
    }

    public override void Stopped(SimNode node, StopKind kind)
    {
        foreach (var key in _counts.Keys.Where(key => key.Viewer == node.Index).ToArray())
        {
            _ = _counts.Remove(key);
        }
    }
}
