using MixMq.Overlay;
using MixMq.Overlay.Topology;
using MixMq.Simulation.Nodes;
using MixMq.Simulation.Observation;
using MixMq.Sphinx;

namespace MixMq.Simulation.Invariants;

/// <summary>Of another's records a node never goes back to an older one, as long as it runs and sees that origin.</summary>
public sealed class RecordsNeverGoBack(Exemptions exemptions) : Invariant(exemptions)
{
    private const long ClockMicros = 30 * Moment.MicrosPerSecond;
    private readonly Dictionary<(int Viewer, NodeAddress Origin), ulong> _seen = [];
    private readonly Dictionary<int, TopologyView> _views = [];

    public override void Stopped(SimNode node, StopKind kind) => ForgetViewOf(node);

    public override void Sampled()
    {
        foreach (var node in World.Nodes)
        {
            if (!node.IsRunning || !IsHonest(node))
            {
                continue;
            }

            var view = node.Core.View;
            if (!_views.TryGetValue(node.Index, out var last) || !ReferenceEquals(last, view))
            {
                Compare(node, last, view);
                _views[node.Index] = view;
            }
        }
    }

    private void Compare(SimNode viewer, TopologyView? last, TopologyView view)
    {
        // To a clock that was set ahead records are expired and forgotten; when it is set back, older ones are as good as any.
        var isClockUnsure = Exemptions.IsClockWrong(viewer) || World.Clock.Micros - Exemptions.LastClockJump(viewer) < ClockMicros;
        foreach (var node in last?.Nodes ?? [])
        {
            // What expired or contradicted itself is gone, and may begin anew.
            if (!view.TryFind(node.Address, out _))
            {
                _ = _seen.Remove((viewer.Index, node.Address));
            }
        }

        foreach (var node in view.Nodes)
        {
            var key = (viewer.Index, node.Address);
            if (_seen.TryGetValue(key, out var before) && node.Sequence < before && !isClockUnsure)
            {
                Violate($"{viewer.Name} went back from sequence {before} to {node.Sequence} of {World.Network.Find(node.Address)?.Name}.");
            }

            _seen[key] = node.Sequence;
        }
    }

    private void ForgetViewOf(SimNode node)
    {
        if (_views.Remove(node.Index, out var view))
        {
            foreach (var origin in view.Nodes)
            {
                _ = _seen.Remove((node.Index, origin.Address));
            }
        }
    }
}
