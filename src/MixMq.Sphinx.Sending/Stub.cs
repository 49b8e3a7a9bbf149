using MixMq.Sphinx;
#pragma warning disable CS1591, MA0048, MA0008, CA1051, CA1822
namespace MixMq.Sphinx.Sending;
public readonly record struct PathHop(NodeAddress Address, MixPublicKey MixPublic, uint DelayMs);
