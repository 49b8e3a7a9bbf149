namespace MixMq.Simulation.Hostile;

/// <summary>Drops all its links in rhythm, or stops reading for a while, so that they go down for others.</summary>
public sealed class LinkDropper(double meanSeconds) : HostileBehaviour
{
    public override void Begin() => Often(meanSeconds, () =>
    {
        if (Random.Chance(0.7))
        {
            foreach (var neighbour in Peer.Neighbours())
            {
                World.Network.Break(Peer, neighbour);
            }
        }
        else
        {
            Peer.MicrosPerCell = 400_000;
            World.After(6 * Random.Double(), () => Peer.MicrosPerCell = 0);
        }
    });
}
