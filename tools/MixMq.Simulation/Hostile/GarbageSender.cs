using MixMq.Overlay.Links;

namespace MixMq.Simulation.Hostile;

/// <summary>Sends cells of every type whose content is noise, or malformed, or out of place.</summary>
public sealed class GarbageSender(double meanSeconds) : HostileBehaviour
{
    public override void Begin() => Often(meanSeconds, () =>
    {
        var cell = new byte[Peer.Parameters.CellBytes];
        var type = (CellType)Random.Below(7);
        switch (Random.Below(3))
        {
            case 0:
                Random.Fill(cell);
                cell[0] = (byte)type;
                break;
            case 1 when type != CellType.Packet:
                var content = new byte[Random.Below(200)];
                Random.Fill(content);
                LinkCell.Write(type, content, cell);
                break;
            default:
                // A frame that is longer than its cell.
                cell[0] = (byte)type;
                cell.AsSpan(1, 2).Fill(0xFF);
                break;
        }

        _ = Peer.Inject(Random.Pick(Peer.Neighbours()), cell);
    });
}
