namespace MixMq.Simulation.Scale;

/// <summary>What all nodes sent and checked in a time; bytes of content, without the cells' frame and padding.</summary>
public sealed record TrafficTotals(long ControlBytes, long ControlCells, long HelloBytes, long HelloCells, long SignatureChecks, long PeakControlBytes);
