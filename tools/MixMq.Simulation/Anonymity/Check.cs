namespace MixMq.Simulation.Anonymity;

/// <summary>A measured figure, what it should be, and whether it is.</summary>
public sealed record Check(string Name, double Measured, double Expected, double Tolerance, Relation Relation)
{
    /// <summary>
    /// A test of fit fails by chance once in so many runs: seldom enough that a dozen of them seldom fail together, and far above what a
    /// wrong distribution gives with thousands of samples.
    /// </summary>
    public const double Significance = 1e-4;

    public bool Ok => Relation switch
    {
        Relation.Within => Math.Abs(Measured - Expected) <= Tolerance,
        Relation.AtLeast => Measured >= Expected,
        _ => Measured <= Expected,
    };

    public static Check Near(string name, double measured, double expected, double tolerance) =>
        new(name, measured, expected, tolerance, Relation.Within);

    public static Check Goal(string name, double measured, double expected, Relation relation) => new(name, measured, expected, 0, relation);

    public static Check Fit(string name, double probability) => new(name, probability, Significance, 0, Relation.AtLeast);
}
