namespace MixMq.Simulation.Hostile;

/// <summary>Publishes records of its own as fast as it can, far beyond what an origin may.</summary>
public sealed class RecordFlooder : HostileBehaviour
{
    private ulong _sequence;

    public override void Begin() => Often(0.4, () =>
    {
        _sequence = Math.Max(_sequence, Peer.Gossip.NextSequence()) + 1;
        var record = Peer.Gossip.Sign(Peer.Gossip.Draft(_sequence));
        foreach (var neighbour in Peer.Neighbours())
        {
            Peer.Gossip.Announce(neighbour, record);
        }
    });
}
