using MixMq.Overlay.Topology;
using MixMq.Sphinx;

namespace MixMq.Simulation.Hostile;

/// <summary>Publishes records in others' names, with links and sequences of its own invention, signed with the only key it has.</summary>
public sealed class RecordForger : HostileBehaviour
{
    public override void Begin() => Often(4, () =>
    {
        var nodes = Peer.Core.View.Nodes;
        if (nodes.IsEmpty)
        {
            return;
        }

        var victim = Random.Pick(nodes).Record;
        var draft = victim.Content with
        {
            Sequence = victim.Sequence + 1 + (ulong)Random.Below(1_000_000),
            IssuedUnixMillis = Peer.Now.UnixMillis,
            ExpiresUnixMillis = Peer.Now.UnixMillis + 600_000,
            Neighbours = Random.Chance(0.5) ? [] : [Peer.Address],
        };
        var record = draft.Address == Peer.Address ? victim.Encoded.ToArray() : Peer.Gossip.Sign(draft);
        if (Random.Chance(0.3))
        {
            // The victim's own record and signature, with a bit of the body changed.
            record = victim.Encoded.ToArray();
            record[33 + Random.Below(4)] ^= (byte)(1 << Random.Below(8));
        }

        Peer.Gossip.Announce(Random.Pick(Peer.Neighbours()), record);
    });
}
