using MixMq.Overlay.Mixing;
using MixMq.Overlay.Topology;
using MixMq.Sphinx;

namespace MixMq.Overlay;

/// <summary>What a node's HELLOs say of it at this moment; looked at when one is sent, because the digest is only made then.</summary>
internal sealed class LocalState(MixKeyRing keys, TopologyCore topology)
{
    public uint Epoch => keys.Epoch;

    public bool IsExcluded(NodeAddress peer, Moment now) => topology.IsExcluded(peer, now);

    public ReadOnlySpan<byte> Digest => topology.Digest;
}
