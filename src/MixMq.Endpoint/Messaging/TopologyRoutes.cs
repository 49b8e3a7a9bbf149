using MixMq.Endpoint.Messaging.Anonymous;
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

            if (TryDress(sampler, drawn.Nodes.AsSpan(), options.MeanDelayMs, now, path, out _))
            {
                _drawn = drawn;
                return true;
            }
        }

        return false;
    }

    public bool TryReturn(NodeAddress from, Moment start, List<PathHop> path, out uint expiryUnixSeconds)
    {
        expiryUnixSeconds = 0;
        var sampler = SamplerAt(EpochClock.EpochAt(options.Network, start.UnixMillis));
        if (!_view.TryFind(options.Own, out var own))
        {
            return false;
        }

        for (var draw = 0; draw < Draws; draw++)
        {
            if (sampler.Sample(from, random) is not PathResult.Path drawn)
            {
                return false;
            }

            // Links go both ways, and so do walks: backwards, it leads from there to here.
            int[] nodes = [.. drawn.Nodes.Reverse(), own];
            if (TryDress(sampler, nodes, AnonymousConstants.MeanDelayMs, start, path, out var epoch))
            {
                expiryUnixSeconds = EndOf(epoch);
                return true;
            }
        }

        return false;
    }

    public bool TryLoop(bool bySurb, Moment start, List<PathHop> path, out uint expiryUnixSeconds)
    {
        expiryUnixSeconds = 0;
        var sampler = SamplerAt(EpochClock.EpochAt(options.Network, start.UnixMillis));
        for (var draw = 0; draw < Draws; draw++)
        {
            if (sampler.SampleLoop(random) is not PathResult.Path drawn)
            {
                return false;
            }

            // The node holds what it sends by a SURB as it holds its answers to anonymous messages.
            var isDressed = bySurb
                ? TryDress(sampler, [drawn.Nodes[^1], .. drawn.Nodes], AnonymousConstants.MeanDelayMs, start, path, out var epoch)
                : TryDress(sampler, drawn.Nodes.AsSpan(), options.MeanDelayMs, start, path, out epoch);
            if (isDressed)
            {
                expiryUnixSeconds = EndOf(epoch);
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

    private uint EndOf(uint epoch) => (uint)Math.Min(EpochClock.StartOf(options.Network, epoch + 1) / 1000, uint.MaxValue);

    private PathSampler SamplerAt(uint epoch)
    {
        // Most changes of the view are renewed records: the same paths.
        if (_sampler?.TryMove(_view, epoch) is not true)
        {
            _sampler = new(_view, options.Own, options.Network, epoch);
        }

        return _sampler;
    }

    // The keys are those of the epochs in which the packet is expected; says the first of these.
    private bool TryDress(PathSampler sampler, ReadOnlySpan<int> nodes, double firstMeanMs, Moment now, List<PathHop> path, out uint firstEpoch)
    {
        path.Clear();
        var arrival = now.UnixMillis;
        firstEpoch = EpochClock.EpochAt(options.Network, arrival);
        for (var i = 0; i < nodes.Length; i++)
        {
            var node = nodes[i];
            if (!sampler.TryGetMixKey(node, EpochClock.EpochAt(options.Network, arrival), out var key))
            {
                return false;
            }

            // The last hop delivers at once.
            var delay = i + 1 < nodes.Length ? DrawDelay(i == 0 ? firstMeanMs : options.MeanDelayMs) : 0;
            path.Add(new(_view.Nodes[node].Address, key, delay));
            arrival += delay;
        }

        return true;
    }

    private uint DrawDelay(double meanMs)
    {
        double delay;
        do
        {
            delay = Math.Round(random.NextExponential(meanMs));
        }
        while (delay > options.Network.Definition.MaxDelayMs);

        return (uint)delay;
    }
}
