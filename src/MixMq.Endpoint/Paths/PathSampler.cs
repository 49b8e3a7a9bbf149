using MixMq.Crypto;
using MixMq.Overlay;
using MixMq.Overlay.Topology;
using MixMq.Sphinx;

namespace MixMq.Endpoint.Paths;

/// <summary>
/// Draws paths from one node over one topology, for packets of one epoch, and loops back to the node. A path is simple, has the network's
/// number of links, and all its inner nodes are relays with a mix key for the epoch; among these it is drawn with the product of its links'
/// weights (1 / (max(degree, degree) − 1) between relays). A loop has as many links; it may repeat its first relay as its last and nothing else.
/// </summary>
/// <remarks>
/// Non-backtracking walks are counted once from the sender forward, and drawn backward from the destination. A walk that repeats a node
/// is rejected, which leaves the simple ones with the right odds. After <see cref="Rejections"/> rejections in a row all simple paths
/// are enumerated, with the same odds. Where there is none of that length, the nearest length that has one is used, of two the longer,
/// within 2 and hops − 1 (a reply needs a slot more than links). A length whose paths are too many to enumerate and too seldom simple to
/// be drawn in <see cref="LastAttempts"/> attempts counts as having none.
/// Nothing that a node has seen fail has any influence: a relay must not be able to steer. Nothing is computed before the first draw. Not
/// for use by two threads at once.
/// </remarks>
public sealed class PathSampler
{
    /// <summary>Rejected walks in a row after which simple paths are enumerated.</summary>
    public const int Rejections = 64;

    /// <summary>Attempts with a length whose paths are too many to enumerate.</summary>
    public const int LastAttempts = 4096;

    /// <summary>Fewest links of a path: with one there would be no relay on it.</summary>
    public const int FewestLinks = 2;

    private readonly NetworkParameters _network;
    private readonly int _own;
    private PathSource? _source;

    /// <summary>Takes a topology.</summary>
    /// <param name="view">The topology.</param>
    /// <param name="own">The node itself.</param>
    /// <param name="network">For a view that has no parameters of its own: says how many links a path has, and how many it may have.</param>
    /// <param name="epoch">The epoch for which every node on a path must have a mix key.</param>
    public PathSampler(TopologyView view, NodeAddress own, NetworkParameters network, uint epoch)
    {
        ArgumentNullException.ThrowIfNull(view);
        ArgumentNullException.ThrowIfNull(network);
        View = view;
        Epoch = epoch;
        _network = network;
        Own = own;
        _ = view.TryFind(own, out _own);
    }

    /// <summary>The topology that paths are over: indices in paths are into its nodes.</summary>
    public TopologyView View { get; private set; }

    /// <summary>The sender.</summary>
    public NodeAddress Own { get; }

    /// <summary>The epoch for which every node on a path has a mix key.</summary>
    public uint Epoch { get; private set; }

    /// <summary>
    /// Goes over to another view or epoch, if it differs in nothing that decides about paths: most changes are records that were only renewed.
    /// What has been computed then stays good. It costs a comparison of nodes and links.
    /// </summary>
    /// <param name="view">The new view.</param>
    /// <param name="epoch">The new epoch.</param>
    /// <returns>False: nothing has changed here; make another sampler.</returns>
    public bool TryMove(TopologyView view, uint epoch)
    {
        ArgumentNullException.ThrowIfNull(view);
        if ((view != View || epoch != Epoch) && !IsAlike(view, epoch))
        {
            return false;
        }

        View = view;
        Epoch = epoch;
        return true;
    }

    /// <summary>A mix key of a node on a path.</summary>
    /// <param name="node">Index in the view's nodes.</param>
    /// <param name="epoch">Any epoch; for <see cref="Epoch"/> every node of a drawn path has a key.</param>
    /// <param name="key">The key, or a default value.</param>
    /// <returns>Whether the node has published one.</returns>
    public bool TryGetMixKey(int node, uint epoch, out MixPublicKey key) => View.TryGetMixKey(node, epoch, out key);

    /// <summary>Draws a path.</summary>
    /// <param name="destination">Where it is to end.</param>
    /// <param name="random">For the draw.</param>
    /// <returns>A path, or why there is none.</returns>
    public PathResult Sample(NodeAddress destination, IRandomSource random)
    {
        ArgumentNullException.ThrowIfNull(random);
        if (destination == Own)
        {
            return new PathResult.NoPath(NoPathReason.Oneself);
        }

        return View.TryFind(destination, out var target)
            ? SampleTo(target, random)
            : new PathResult.NoPath(NoPathReason.UnknownDestination);
    }

    /// <summary>
    /// Draws a loop: a path whose last node is the sender itself. Its last relay may be its first, for a node may have a single float; then at
    /// least two others are in between.
    /// </summary>
    /// <param name="random">For the draw.</param>
    /// <returns>A path, or why there is none.</returns>
    public PathResult SampleLoop(IRandomSource random)
    {
        ArgumentNullException.ThrowIfNull(random);
        return _own >= 0 ? SampleTo(_own, random) : new PathResult.NoPath(NoPathReason.NoOwnLink);
    }

    private PathResult SampleTo(int target, IRandomSource random)
    {
        if (!View.TryGetMixKey(target, Epoch, out _))
        {
            return new PathResult.NoPath(NoPathReason.NoMixKey);
        }

        if (_source is null && _own >= 0)
        {
            _source = new PathSource(RelayGraph.Of(View, Epoch), _own, (View.Network ?? _network).PathLinks, _network.Definition.Geometry.Hops - 1);
        }

        if (_source is not { HasFirstRelay: true })
        {
            return new PathResult.NoPath(NoPathReason.NoOwnLink);
        }

        return _source.Draw(target, random, out var isNearestLength) is { IsDefault: false } nodes
            ? new PathResult.Path(nodes, isNearestLength)
            : new PathResult.NoPath(NoPathReason.NoRelayPath);
    }

    // Paths are drawn by indices, so these must stand for the same nodes; a relay must have a key in both or in neither.
    private bool IsAlike(TopologyView view, uint epoch)
    {
        var (old, now) = (View.Nodes, view.Nodes);
        if (old.Length != now.Length || (View.Network ?? _network).PathLinks != (view.Network ?? _network).PathLinks)
        {
            return false;
        }

        for (var i = 0; i < old.Length; i++)
        {
            if (old[i].Address != now[i].Address || old[i].Institution != now[i].Institution
                || RelayGraph.IsUsable(old[i], Epoch) != RelayGraph.IsUsable(now[i], epoch)
                || (old[i].Links != now[i].Links && !old[i].Links.AsSpan().SequenceEqual(now[i].Links.AsSpan())))
            {
                return false;
            }
        }

        return true;
    }
}
