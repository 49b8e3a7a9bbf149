namespace MixMq.Simulation.Scale;

/// <summary>What a <see cref="ScaleStudy"/> is run with.</summary>
public sealed record ScaleOptions
{
    /// <summary>More would fill the database, which holds 4096 origins by default.</summary>
    public const int MostNodes = 4_000;

    private const int LeastNodes = 16;
    private const int LeastDegree = 3;
    private const int MostDegree = 16;

    public int Nodes { get; init; } = 100;

    public int Degree { get; init; } = 8;

    public long Seed { get; init; } = 1;

    /// <summary>Links taken down one after the other; half of them silently, half by a reset.</summary>
    public int Downs { get; init; } = 10;

    /// <summary>Nodes that join, one after the other.</summary>
    public int Joins { get; init; } = 3;

    /// <summary>Virtual seconds for which the network is in two halves.</summary>
    public int PartitionSeconds { get; init; } = 120;

    /// <summary>Virtual seconds of rest. Longer than the longest time, 2,160 s, for which a node leaves its record as it is.</summary>
    public int RestSeconds { get; init; } = 2_400;

    /// <summary>What is wrong with them; empty: nothing.</summary>
    public IReadOnlyList<string> Validate()
    {
        var errors = new List<string>();
        Require(Nodes is >= LeastNodes and <= MostNodes, $"Nodes must be {LeastNodes} to {MostNodes}; it is {Nodes}.");
        Require(Degree is >= LeastDegree and <= MostDegree, $"Degree must be {LeastDegree} to {MostDegree}, for of more links of a node only 16 count; it is {Degree}.");
        Require(Degree < Nodes, $"Degree must be below the number of nodes; it is {Degree} for {Nodes} nodes.");
        Require((long)Nodes * Degree % 2 == 0, $"Nodes times degree must be even, since each link has two ends; {Nodes} × {Degree} isn't.");
        Require(Downs is >= 2 and <= 100, $"Downs must be 2 to 100; it is {Downs}.");
        Require(Joins is >= 1 and <= 20, $"Joins must be 1 to 20; it is {Joins}.");
        Require(PartitionSeconds is >= 10 and <= 3_600, $"Partition seconds must be 10 to 3600; it is {PartitionSeconds}.");
        Require(RestSeconds is >= 60 and <= 86_400, $"Rest seconds must be 60 to 86400; it is {RestSeconds}.");
        return errors;

        void Require(bool holds, string otherwise)
        {
            if (!holds)
            {
                errors.Add(otherwise);
            }
        }
    }
}
