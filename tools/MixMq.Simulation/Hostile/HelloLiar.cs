using MixMq.Overlay.Links;
using MixMq.Simulation.Nodes;

namespace MixMq.Simulation.Hostile;

/// <summary>Lies in its HELLOs: a digest of no database, times and echoes that never were, or none at all.</summary>
public sealed class HelloLiar(double digests, double echoes, double silence) : HostileBehaviour
{
    private const int Content = LinkCell.HeaderBytes;
    private const int EchoOffset = Content + 17;
    private const int DigestOffset = Content + 41;

    public override bool Rewrite(SimNode to, Span<byte> cell)
    {
        if (cell[0] != (byte)CellType.Hello)
        {
            return true;
        }

        if (Random.Chance(digests))
        {
            Random.Fill(cell.Slice(DigestOffset, 32));
        }

        if (Random.Chance(echoes))
        {
            // The echo goes back, or to what was never sent; the hold is anything.
            Random.Fill(cell.Slice(EchoOffset, 1 + Random.Below(12)));
        }

        return !Random.Chance(silence);
    }
}
