using System.Runtime.InteropServices;

namespace MixMq.Simulation.Time;

/// <summary>Something that will happen: to whom, and three fields that mean what the target says. A value, so that scheduling allocates nothing.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct SimEvent(IEventTarget Target, int Kind, int Incarnation, long Number, object? Payload);
