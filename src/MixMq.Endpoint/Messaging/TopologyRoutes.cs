using MixMq.Crypto;
using MixMq.Endpoint.Paths;
using MixMq.Overlay;
using MixMq.Overlay.Mixing;
using MixMq.Overlay.Topology;
using MixMq.Sphinx;
using MixMq.Sphinx.Sending;

namespace MixMq.Endpoint.Messaging;

/// <summary>Paths over the topology: nodes from the sampler, delays drawn here, each node's mix key by its expected time of arrival.</summary>
internal sealed class TopologyRoutes(EndpointOptions options, IRandomSource random) : IRouteSource
{
    // A draw fails only where a delay crosses into an epoch for which a node has no key yet.
    private const int Draws = 8;
    private TopologyView _view = TopologyView.Empty;
    private PathSampler? _sampler;
    private PathResult.Path? _drawn;

    public PathStatistics Statistics { get; } = new(random);

    public void Update(TopologyView view) => _view = view;

    public bool TryRoute(NodeAddress to, Moment now, List<PathHop> path)
    {
        var sampler = SamplerAt(EpochClock.EpochAt(options.Network, now.UnixMillis));
        for (var draw = 0; draw < Draws; draw++)
        {
            if (sampler.Sample(to, random) is not PathResult.Path drawn)
            {
                return false;
            }

            if (TryDress(sampler, drawn, now, path))
            {
                _drawn = drawn;
                return true;
            }
        }

        return false;
    }

    public void Taken()
    {
        if (_drawn is { } drawn)
        {
            Statistics.Add(drawn, _view);
        }
    }

    private PathSampler SamplerAt(uint epoch)
    {
        // Most changes of the view are renewed records: the same paths.
        if (_sampler?.TryMove(_view, epoch) is not true)
        {
            _sampler = new(_view, options.Own, options.Network, epoch);
        }

        return _sampler;
    }

    private bool TryDress(PathSampler sampler, PathResult.Path drawn, Moment now, List<PathHop> path)
    {
        path.Clear();
        var arrival = now.UnixMillis;
        for (var i = 0; i < drawn.Nodes.Length; i++)
        {
            var node = drawn.Nodes[i];
            if (!sampler.TryGetMixKey(node, EpochClock.EpochAt(options.Network, arrival), out var key))
            {
                return false;
            }

            // The last hop delivers at once.
            var delay = i + 1 < drawn.Nodes.Length ? DrawDelay() : 0;
            path.Add(new(_view.Nodes[node].Address, key, delay));
            arrival += delay;
        }

        return true;
    }

    private uint DrawDelay()
    {
        double delay;
        do
        {
            delay = Math.Round(random.NextExponential(options.MeanDelayMs));
        }
        while (delay > options.Network.Definition.MaxDelayMs);

        return (uint)delay;
    }
}
