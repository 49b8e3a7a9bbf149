using System.Runtime.InteropServices;

namespace MixMq.Sphinx.Sending;

/// <summary>One hop of a path.</summary>
/// <param name="Address">The node; of the first hop of a path it isn't in the packet.</param>
/// <param name="MixPublic">Its mix key of the epoch in which the packet is expected there; from a record whose keys were found on the curve.</param>
/// <param name="DelayMs">How long it is to hold the packet, in milliseconds, at most the network's cap. Of the last hop it is not looked at.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct PathHop(NodeAddress Address, MixPublicKey MixPublic, uint DelayMs);
