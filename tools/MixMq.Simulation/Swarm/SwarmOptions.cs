namespace MixMq.Simulation.Swarm;

/// <summary>What all seeds of a swarm have in common.</summary>
public sealed record SwarmOptions
{
    /// <summary>The fewest nodes a scenario can be made of: an institution at each end and relays between.</summary>
    public const int FewestNodes = 10;

    /// <summary>Nodes of each network, endpoints included.</summary>
    public int Nodes { get; init; } = 20;

    /// <summary>Virtual seconds in which things go wrong, before all is healed.</summary>
    public double FaultSeconds { get; init; } = 60;

    /// <summary>Virtual seconds of a seed at least: what is healed must also stay so.</summary>
    public double LeastSeconds { get; init; } = 200;

    /// <summary>One seed in so many uses the real cryptography; 0: none.</summary>
    public int RealEvery { get; init; } = 20;

    /// <summary>Classes of faults that each seed has, whatever it draws.</summary>
    public Faults Always { get; init; }

    /// <summary>Whether each seed has authorities, who end an admission, and endpoints that change their keys.</summary>
    public bool AlwaysGoverned { get; init; }

    /// <summary>Whether all invariants are checked; without, only those that the scenario needs to know when to go on.</summary>
    public bool Checks { get; init; } = true;

    /// <summary>How many of the last entries of the trace are kept for a failure; 0: none, which is faster.</summary>
    public int TraceLines { get; init; }
}
