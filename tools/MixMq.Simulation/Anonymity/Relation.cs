namespace MixMq.Simulation.Anonymity;

/// <summary>How a measured figure is held against the one that is expected.</summary>
public enum Relation
{
    /// <summary>Not farther from it than the tolerance.</summary>
    Within,

    AtLeast,

    AtMost,
}
