using MixMq.Overlay.Topology;

namespace MixMq.Endpoint.Messaging.Views;

/// <summary>This node's view as it is compared. Put into buckets when it is needed first: views change more often.</summary>
internal sealed class OwnView
{
    private TopologyView _view = TopologyView.Empty;
    private ViewBuckets? _buckets;

    public bool IsEmpty => _view.Nodes.IsEmpty;

    public ViewBuckets Buckets => _buckets ??= new(_view);

    public void Update(TopologyView view)
    {
        _view = view;
        _buckets = null;
    }
}
