using MixMq.Overlay.Links;
using MixMq.Simulation.Nodes;

namespace MixMq.Simulation.Hostile;

/// <summary>Keeps packets that pass and sends them again: at once, later, much later, to the same neighbour or to others.</summary>
public sealed class PacketReplayer : HostileBehaviour
{
    private const int MostKept = 128;
    private readonly List<(SimNode To, byte[] Cell)> _kept = [];

    public override void Begin() => Often(0.3, () =>
    {
        if (_kept.Count > 0)
        {
            var (to, cell) = Random.Pick(_kept);
            _ = Peer.Inject(Random.Chance(0.7) ? to : Random.Pick(Peer.Neighbours()), cell);
        }
    });

    public override bool Rewrite(SimNode to, Span<byte> cell)
    {
        if (cell[0] == (byte)CellType.Packet)
        {
            var copy = (to, cell.ToArray());
            if (_kept.Count < MostKept)
            {
                _kept.Add(copy);
            }
            else
            {
                _kept[Random.Below(MostKept)] = copy;
            }
        }

        return true;
    }
}
