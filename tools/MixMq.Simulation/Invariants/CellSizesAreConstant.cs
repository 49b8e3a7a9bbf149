using MixMq.Overlay.Links;
using MixMq.Simulation.Nodes;

namespace MixMq.Simulation.Invariants;

/// <summary>Every cell on every link has one size, and is of a type that the specification knows.</summary>
public sealed class CellSizesAreConstant(Exemptions exemptions) : Invariant(exemptions)
{
    public override void CellWritten(SimNode from, SimNode to, ReadOnlySpan<byte> cell)
    {
        if (!IsHonest(from))
        {
            return;
        }

        if (cell.Length != from.Parameters.CellBytes)
        {
            Violate($"{from.Name} wrote a cell of {cell.Length} bytes to {to.Name}; all have {from.Parameters.CellBytes}.");
        }

        if (cell[0] > (byte)CellType.Control)
        {
            Violate($"{from.Name} wrote a cell of the unknown type {cell[0]} to {to.Name}.");
        }
    }
}
