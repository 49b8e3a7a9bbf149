namespace MixMq.Simulation.Scale;

/// <summary>What a <see cref="ScaleStudy"/> measured; the same for one seed on every machine, but for <see cref="Machine"/>.</summary>
public sealed record ScaleReport
{
    public required ScaleOptions Options { get; init; }

    /// <summary>Hash of all that happened.</summary>
    public required string TraceHash { get; init; }

    /// <summary>From the start of all nodes until all had the whole view.</summary>
    public required double ConvergenceSeconds { get; init; }

    /// <summary>For each node that joined: from its first link to its whole view.</summary>
    public required IReadOnlyList<double> JoinSeconds { get; init; }

    /// <summary>For each node that joined: from its first link until all nodes had equal views.</summary>
    public required IReadOnlyList<double> JoinEqualSeconds { get; init; }

    public required IReadOnlyList<LinkDownSample> Downs { get; init; }

    /// <summary>From the end of the partition until all databases were equal.</summary>
    public required double HealEqualSeconds { get; init; }

    public required TrafficTotals Rest { get; init; }

    public required long DatabaseBytesPerNode { get; init; }

    public required double VirtualSeconds { get; init; }

    public required long Events { get; init; }

    public required IReadOnlyList<ConvergenceCurve> Curves { get; init; }

    public required MachineFigures Machine { get; init; }

    /// <summary>The longest of all joins.</summary>
    public double JoinWorst => JoinSeconds.Max();

    /// <summary>The longest of all samples.</summary>
    public double LinkDownWorst => Downs.Max(down => down.KnownSeconds);

    public double LinkDownMedian => Downs.Select(down => down.KnownSeconds).Order().ElementAt(Downs.Count / 2);

    public double DetectWorst => Downs.Max(down => down.DetectSeconds);

    public double ControlBytesPerNodeSecond => PerNodeSecond(Rest.ControlBytes);

    public double HelloBytesPerNodeSecond => PerNodeSecond(Rest.HelloBytes);

    public double SignatureChecksPerNodeSecond => PerNodeSecond(Rest.SignatureChecks);

    /// <summary>The second with most control content.</summary>
    public double ControlPeakPerNodeSecond => Rest.PeakControlBytes / (double)NodesAtRest;

    private int NodesAtRest => Options.Nodes + Options.Joins;

    private double PerNodeSecond(long total) => total / (double)NodesAtRest / Options.RestSeconds;
}
