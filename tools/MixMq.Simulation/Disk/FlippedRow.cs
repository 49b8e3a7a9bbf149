using System.Runtime.InteropServices;
using MixMq.Endpoint.Messaging;

namespace MixMq.Simulation.Disk;

/// <summary>In which row of which message a bit was flipped.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct FlippedRow(FlipTarget Target, MessageId Message);
