using MixMq.Sphinx;

namespace MixMq.Simulation.Cryptography;

/// <summary>A node's long-term identity: the address others know, and the seed by which its provider signs for it.</summary>
public sealed record SimIdentity(NodeAddress Address, byte[] Seed);
