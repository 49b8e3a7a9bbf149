using MixMq.Overlay.Links;
using MixMq.Simulation.Nodes;

namespace MixMq.Simulation.Hostile;

/// <summary>Loses packets, holds them back so that they come late and in another order, and changes bits in them.</summary>
public sealed class PacketMangler(double drops, double delays, double changes) : HostileBehaviour
{
    private bool _isOwn;

    public override bool Rewrite(SimNode to, Span<byte> cell)
    {
        if (cell[0] != (byte)CellType.Packet || _isOwn)
        {
            return true;
        }

        if (Random.Chance(drops))
        {
            return false;
        }

        if (Random.Chance(changes))
        {
            cell[1 + Random.Below(cell.Length - 1)] ^= (byte)(1 << Random.Below(8));
        }

        if (!Random.Chance(delays))
        {
            return true;
        }

        var copy = cell.ToArray();
        World.After(Random.Double() * 4, () =>
        {
            if (Peer.IsRunning)
            {
                _isOwn = true;
                _ = Peer.Inject(to, copy);
                _isOwn = false;
            }
        });
        return false;
    }
}
