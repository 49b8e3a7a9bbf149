using System.Runtime.InteropServices;

namespace MixMq.Endpoint.Pings;

/// <summary>The end of a ping.</summary>
/// <param name="Result">How it ended.</param>
/// <param name="RoundTripMicros">From when it was sent to when the answer came, by this node's monotonic clock, microseconds; 0: none came.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct PingOutcome(PingResult Result, long RoundTripMicros = 0);
