using MixMq.Sphinx;

namespace MixMq.Overlay.Topology;

/// <summary>A neighbour from whom origins were first heard, and how many of those are still held.</summary>
internal sealed class RecordSource(NodeAddress address)
{
    public NodeAddress Address { get; } = address;

    public int Count { get; set; }
}
