using MixMq.Crypto;
using MixMq.Endpoint;
using MixMq.Endpoint.Messaging;
using MixMq.Overlay;
using MixMq.Sphinx.Sending;

namespace MixMq.Simulation.Anonymity;

/// <summary>
/// Paths and delays as a node that ships draws them: its own source file is compiled in here, since it is internal to the endpoint.
/// Keeps the tables of the node that sent last, so packets are best drawn sender by sender.
/// </summary>
public sealed class ShippingRoutes(MixNetwork network, double meanDelayMs, IRandomSource random) : IPacketRoutes
{
    private readonly List<PathHop> _path = [];
    private TopologyRoutes? _routes;
    private int _owner = -1;

    public bool TryRoute(int from, int to, long sinceStartMillis, List<PacketHop> hops)
    {
        ArgumentNullException.ThrowIfNull(hops);
        if (_routes is null || _owner != from)
        {
            var options = new EndpointOptions { Network = network.Parameters, Own = network.AddressOf(from), MeanDelayMs = meanDelayMs };
            _routes = new TopologyRoutes(options, random);
            _routes.Update(network.View);
            _owner = from;
        }

        hops.Clear();
        var now = new Moment(sinceStartMillis * Moment.MicrosPerMilli, MixNetwork.StartUnixMillis(network.Parameters) + sinceStartMillis);
        if (!_routes.TryRoute(network.AddressOf(to), now, _path))
        {
            return false;
        }

        foreach (var hop in _path)
        {
            hops.Add(new(network.NumberOf(hop.Address), hop.DelayMs));
        }

        return true;
    }
}
