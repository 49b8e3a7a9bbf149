namespace MixMq.Simulation.Hostile;

/// <summary>Well-framed topology messages of every kind with contents of chance, and bodies that nobody asked for.</summary>
public sealed class GossipGarbler : HostileBehaviour
{
    public override void Begin() => Often(5, () =>
    {
        var neighbour = Random.Pick(Peer.Neighbours());
        if (Random.Chance(0.5))
        {
            var record = Peer.Gossip.Sign(Peer.Gossip.Draft(Peer.Gossip.NextSequence()));
            Peer.Gossip.SendBodies(neighbour, (uint)Random.Below(50), 1, [record]);
            return;
        }

        var message = new byte[1 + Random.Below(3_000)];
        Random.Fill(message);
        message[0] = (byte)Random.Below(8);
        Peer.Gossip.Send(neighbour, message);
    });
}
