using MixMq.Overlay.Links;
using MixMq.Simulation.Nodes;

namespace MixMq.Simulation.Hostile;

/// <summary>Announces what it has and never sends it.</summary>
public sealed class PullIgnorer : HostileBehaviour
{
    private const byte Bodies = 3;
    private readonly HashSet<int> _withinBodies = [];

    public override bool Rewrite(SimNode to, Span<byte> cell)
    {
        if (cell[0] != (byte)CellType.Topology || !LinkCell.TryRead(cell, out var content) || content.Length < 2)
        {
            return true;
        }

        var isBodies = _withinBodies.Remove(to.Index) || content[1] == Bodies;
        if (isBodies && content[0] != 0)
        {
            _ = _withinBodies.Add(to.Index);
        }

        return !isBodies;
    }
}
