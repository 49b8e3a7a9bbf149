using MixMq.Overlay;
using MixMq.Simulation.Nodes;

namespace MixMq.Simulation.Network;

/// <summary>Sees what TLS tells an end and may tell it otherwise.</summary>
public delegate ConnectionInfo InfoFilter(SimNode end, SimNode other, ConnectionInfo info);
