using MixMq.Overlay;
using MixMq.Sphinx;

namespace MixMq.Simulation.Nodes;

/// <summary>A packet that waits for a crypto worker, or one that waits for the endpoint; used again and again.</summary>
internal sealed class UnwrapJob
{
    public PacketBuffer Packet { get; set; } = null!;

    public ReadOnlyMemory<MixKey> Candidates { get; set; }

    /// <summary>When the node's core asked for it.</summary>
    public long RequestedMicros { get; set; }

    public UnwrapResult Result { get; set; }
}
