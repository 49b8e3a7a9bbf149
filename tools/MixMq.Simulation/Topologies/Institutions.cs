using MixMq.Simulation.Nodes;

namespace MixMq.Simulation.Topologies;

/// <summary>The endpoints and floats of several institutions; an institution's floats are beside each other, in the order of the endpoints.</summary>
public sealed record Institutions(IReadOnlyList<SimNode> Endpoints, IReadOnlyList<SimNode> Floats);
