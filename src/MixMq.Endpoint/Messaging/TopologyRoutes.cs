using MixMq.Crypto;
using MixMq.Overlay;
using MixMq.Overlay.Topology;
using MixMq.Sphinx;
using MixMq.Sphinx.Sending;

namespace MixMq.Endpoint.Messaging;

/// <summary>Paths over the topology: nodes from the sampler, mix keys by the expected time of arrival, delays drawn here.</summary>
internal sealed class TopologyRoutes(EndpointOptions options, IRandomSource random) : IRouteSource
{
    public int DifferentPaths { get; private set; }

    public int MinLinks { get; private set; }

    public int MaxLinks { get; private set; }

    public void Update(TopologyView view) { _ = view; _ = options; _ = random; }

    public bool TryRoute(NodeAddress to, Moment now, List<PathHop> path) => false;
}
