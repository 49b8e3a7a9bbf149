using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using MixMq.Simulation.Nodes;
using MixMq.Simulation.Observation;

namespace MixMq.Simulation.Invariants;

/// <summary>
/// Something that must hold in every world, whatever the scenario does to it, for nodes that run the shipping program. It throws where it doesn't
/// hold, from the middle of what goes on: the first violation ends a run.
/// </summary>
public abstract class Invariant(Exemptions exemptions) : WorldObserver
{
    /// <summary>The name by which a failure tells of it.</summary>
    public string Name => GetType().Name;

    protected Exemptions Exemptions { get; } = exemptions;

    /// <summary>Whether a node is held to anything.</summary>
    protected bool IsHonest(SimNode node) => !Exemptions.IsHostile(node);

    /// <summary>What must hold when everything is healed, everybody had the time to notice, and nothing is sent any more.</summary>
    public virtual void AtTheEnd()
    {
    }

    [DoesNotReturn]
    [StackTraceHidden]
    protected void Violate(string what) => throw new InvariantViolationException(Name, World.Clock.Micros, what);
}
