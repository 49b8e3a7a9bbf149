using MixMq.Simulation.Observation;

namespace MixMq.Simulation.Hostile;

/// <summary>Says two things with one sequence: one body to some neighbours, another one to the rest.</summary>
public sealed class Equivocator : HostileBehaviour
{
    private bool _done;

    public override void Begin() => Often(8, () =>
    {
        var neighbours = Peer.Neighbours();
        if (_done || neighbours.Length < 2 || !neighbours.All(Peer.IsUp))
        {
            return;
        }

        _done = true;
        World.Marks.Hit(Mark.Equivocation);
        var sequence = Peer.Gossip.NextSequence() + 1_000;
        var one = Peer.Gossip.Draft(sequence);
        var other = one with { Neighbours = [one.Neighbours[0]], ExpiresUnixMillis = one.ExpiresUnixMillis - 1 };
        var (first, second) = (Peer.Gossip.Sign(one), Peer.Gossip.Sign(other));
        for (var i = 0; i < neighbours.Length; i++)
        {
            Peer.Gossip.Announce(neighbours[i], i % 2 == 0 ? first : second);
        }
    });
}
