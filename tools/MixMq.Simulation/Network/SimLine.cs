using MixMq.Simulation.Nodes;

namespace MixMq.Simulation.Network;

/// <summary>One direction between two nodes: what the network does to all connections on it. Change it through <see cref="SimNetwork"/>.</summary>
public sealed class SimLine
{
    internal SimLine(SimNode from, SimNode to, DelayDistribution delay)
    {
        From = from;
        To = to;
        Delay = delay;
    }

    public SimNode From { get; }

    public SimNode To { get; }

    /// <summary>How long each cell takes; a later one never overtakes an earlier one of its connection.</summary>
    public DelayDistribution Delay { get; set; }

    /// <summary>Bytes a second; 0: as many as there are.</summary>
    public long BytesPerSecond { get; set; }

    /// <summary>Cells that may be under way on a connection, as socket buffers and TCP's window bound them; the writer waits beyond.</summary>
    public int Window { get; set; } = 256;

    /// <summary>Probability that an attempt to dial along it fails.</summary>
    public double DialFailure { get; set; }

    /// <summary>Nothing gets through, and nobody is told: what is sent waits.</summary>
    public bool IsCut { get; internal set; }

    /// <summary>The line stands still: nothing is taken from the writer and nothing arrives.</summary>
    public bool IsClogged { get; internal set; }
}
