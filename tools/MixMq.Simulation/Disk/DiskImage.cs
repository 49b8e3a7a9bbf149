namespace MixMq.Simulation.Disk;

/// <summary>A backup of a node's disk: its message store and the sequence of its own record.</summary>
public sealed record DiskImage(MemoryStore Store, ulong Sequence);
