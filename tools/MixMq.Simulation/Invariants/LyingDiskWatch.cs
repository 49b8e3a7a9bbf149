using MixMq.Simulation.Nodes;
using MixMq.Simulation.Observation;

namespace MixMq.Simulation.Invariants;

/// <summary>Notes when a disk loses what it had called durable: from then on less is promised of its node.</summary>
internal sealed class LyingDiskWatch(Exemptions exemptions) : WorldObserver
{
    public override void Stopped(SimNode node, StopKind kind)
    {
        if (node.Disk.Lies && kind is StopKind.Killed or StopKind.MachineLost)
        {
            exemptions.AddStoreLied(node);
            exemptions.AddSequenceLost(node);
        }
    }
}
