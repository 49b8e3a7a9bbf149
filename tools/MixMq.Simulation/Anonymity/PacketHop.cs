using System.Runtime.InteropServices;

namespace MixMq.Simulation.Anonymity;

/// <summary>One hop of a simulated packet: which node, and how long it holds the packet.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct PacketHop(int Node, uint DelayMs);
