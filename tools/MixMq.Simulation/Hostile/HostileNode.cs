using MixMq.Simulation.Nodes;
using MixMq.Simulation.Observation;

namespace MixMq.Simulation.Hostile;

/// <summary>
/// A peer with valid keys that needn't do what it should. It runs the shipping cores, so that its links come up by a real handshake, and lies
/// wherever a behaviour overrides it: what it writes, reads, signs, and makes of packets. It can write any cell of its own besides.
/// </summary>
public abstract class HostileNode(World world, string name, bool relays = true) : SimNode(world, name, relays)
{
    /// <summary>Dice of its own.</summary>
    protected SimRandom Dishonest { get; } = new(world.Seed, $"hostile {name}");

    /// <summary>Writes a cell of its own making to a neighbour, if a link or at least a connection is there.</summary>
    public bool Inject(SimNode neighbour, ReadOnlySpan<byte> cell)
    {
        if (!SendRawCell(neighbour.Address, cell))
        {
            return false;
        }

        World.Marks.Hit(Mark.HostileCellSent);
        return true;
    }

    /// <summary>Signs anything with its own key.</summary>
    public void SignWithOwnKey(ReadOnlySpan<byte> message, Span<byte> signature) => World.Crypto.Sign(Identity, message, signature);

    /// <summary>Each cell its own core writes; false keeps it back.</summary>
    protected virtual bool Rewrite(SimNode to, Span<byte> cell) => true;

    /// <summary>Each cell that arrives, before its own core sees it; false keeps it from the core.</summary>
    protected virtual bool Read(SimNode from, Span<byte> cell) => true;

    protected internal sealed override bool OnWriting(SimNode to, Span<byte> cell)
    {
        var before = cell.ToArray();
        var passes = Rewrite(to, cell);
        if (!passes || !cell.SequenceEqual(before))
        {
            World.Marks.Hit(Mark.HostileCellChanged);
        }

        return passes;
    }

    protected internal sealed override bool OnReading(SimNode from, Span<byte> cell) => Read(from, cell);
}
