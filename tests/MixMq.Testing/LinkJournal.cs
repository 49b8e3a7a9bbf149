using MixMq.Overlay;
using MixMq.Simulation.Nodes;
using MixMq.Simulation.Observation;
using MixMq.Sphinx;

namespace MixMq.Testing;

/// <summary>What nodes of a world told of their links, and when they dialled.</summary>
public sealed class LinkJournal : WorldObserver
{
    private readonly List<(SimNode Node, long Micros, LinkEvent Event)> _events = [];
    private readonly List<(SimNode Node, long Micros)> _dials = [];

    public IReadOnlyList<(long Micros, LinkEvent Event)> Of(SimNode node) =>
        [.. _events.Where(entry => entry.Node == node).Select(entry => (entry.Micros, entry.Event))];

    public int Count(SimNode node, LinkEventKind kind) => _events.Count(entry => entry.Node == node && entry.Event.Kind == kind);

    public IReadOnlyList<long> Dials(SimNode node) => [.. _dials.Where(entry => entry.Node == node).Select(entry => entry.Micros)];

    public override void LinkChanged(SimNode node, in LinkEvent what) => _events.Add((node, World.Clock.Micros, what));

    public override void Dialled(SimNode from, NodeAddress to) => _dials.Add((from, World.Clock.Micros));
}
