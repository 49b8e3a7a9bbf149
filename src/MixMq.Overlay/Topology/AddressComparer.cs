using MixMq.Sphinx;

namespace MixMq.Overlay.Topology;

/// <summary>Hashes addresses with the process's random seed: they come from peers, who could make plain hash codes collide.</summary>
internal sealed class AddressComparer : IEqualityComparer<NodeAddress>
{
    public static AddressComparer Instance { get; } = new();

    public bool Equals(NodeAddress x, NodeAddress y) => x == y;

    public int GetHashCode(NodeAddress obj) => TableCode.Of(obj);
}
