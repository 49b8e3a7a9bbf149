using MixMq.Sphinx;

namespace MixMq.Node.Configuration;

/// <summary>A correspondent by the name its operator here gave it.</summary>
/// <param name="Name">Unique among the contacts, compared without case.</param>
/// <param name="Address">The correspondent's endpoint node.</param>
/// <param name="MayWrite">Whether what it sends is taken.</param>
internal sealed record ContactConfiguration(string Name, NodeAddress Address, bool MayWrite);
