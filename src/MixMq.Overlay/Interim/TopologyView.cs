namespace MixMq.Overlay.Topology;

/// <summary>Stands here until Topology/TopologyView.cs is merged, and is left out of the build from then on.</summary>
public sealed class TopologyView
{
}
