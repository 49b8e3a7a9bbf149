using MixMq.Overlay.Topology;

namespace MixMq.Simulation.Hostile;

/// <summary>Collects records of all nodes and brings old ones up again: as they were, expired, or announced as if they were newer than they are.</summary>
public sealed class RecordReplayer : HostileBehaviour
{
    private const int MostKept = 400;
    private readonly List<LinkStateRecord> _kept = [];
    private readonly HashSet<RecordHash> _known = [];

    public override void Begin()
    {
        Often(2, () =>
        {
            foreach (var node in Peer.Core.View.Nodes)
            {
                if (_kept.Count < MostKept && _known.Add(node.Record.Hash))
                {
                    _kept.Add(node.Record);
                }
            }
        });
        Often(0.7, () =>
        {
            if (_kept.Count > 0)
            {
                var record = Random.Pick(_kept);
                var claimed = Random.Chance(0.6) ? Math.Max(record.Sequence, (ulong)Peer.Now.UnixMillis) + 1 : record.Sequence;
                Peer.Gossip.Announce(Random.Pick(Peer.Neighbours()), record.Encoded.ToArray(), claimed);
            }
        });
    }
}
