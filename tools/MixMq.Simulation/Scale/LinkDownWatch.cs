using MixMq.Overlay;
using MixMq.Simulation.Nodes;
using MixMq.Simulation.Observation;

namespace MixMq.Simulation.Scale;

/// <summary>
/// Watches one link's end: when the first of its ends finds it down, and how many nodes know. A node knows when of the two records it holds
/// one no longer claims the link, since a link counts only if both do.
/// </summary>
internal sealed class LinkDownWatch(IReadOnlyList<SimNode> nodes) : WorldObserver
{
    private readonly List<SimNode> _unaware = [];
    private SimNode? _a;
    private SimNode? _b;

    /// <summary>When the first end found the link down; null: not yet.</summary>
    public long? DetectedMicros { get; private set; }

    public double Share => 1 - (_unaware.Count / (double)nodes.Count);

    public void Begin(SimNode a, SimNode b)
    {
        (_a, _b) = (a, b);
        DetectedMicros = null;
        _unaware.Clear();
        _unaware.AddRange(nodes);
    }

    public override void LinkChanged(SimNode node, in LinkEvent what)
    {
        if (DetectedMicros is null && what.Kind == LinkEventKind.Down && ((node == _a && what.Peer == _b!.Name) || (node == _b && what.Peer == _a!.Name)))
        {
            DetectedMicros = World.Clock.Micros;
        }
    }

    /// <summary>Asks the nodes that didn't know.</summary>
    public void Look() => _unaware.RemoveAll(node => !Claims(node, _a!, _b!) || !Claims(node, _b!, _a!));

    private static bool Claims(SimNode at, SimNode origin, SimNode other) =>
        at.Core.FindRecord(origin.Address) is { } record && record.Neighbours.Contains(other.Address);
}
