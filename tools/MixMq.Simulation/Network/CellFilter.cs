using MixMq.Simulation.Nodes;

namespace MixMq.Simulation.Network;

/// <summary>Sees every cell between two nodes as it is written, and may change it. False: the cell is lost.</summary>
public delegate bool CellFilter(SimNode from, SimNode to, Span<byte> cell);
