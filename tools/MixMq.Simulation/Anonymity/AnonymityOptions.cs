namespace MixMq.Simulation.Anonymity;

/// <summary>What <see cref="AnonymityStudy"/> simulates.</summary>
public sealed record AnonymityOptions
{
    /// <summary>Delays are drawn in whole milliseconds: around a smaller mean they are too coarse to be called exponential.</summary>
    public const double LeastDelayMs = 10;

    public int Nodes { get; init; } = 100;

    public int Degree { get; init; } = 8;

    public int Links { get; init; } = 6;

    /// <summary>Packets of a sender each second, cover among them.</summary>
    public double Rate { get; init; } = 60;

    public double DelayMs { get; init; } = 50;

    public int Senders { get; init; } = 100;

    public long Seed { get; init; } = 1;

    public int Targets { get; init; } = 2000;

    /// <summary>Everything that is wrong, a sentence each; empty: nothing.</summary>
    public IReadOnlyList<string> Validate()
    {
        var errors = new List<string>();
        void Require(bool holds, string error)
        {
            if (!holds)
            {
                errors.Add(error);
            }
        }

        Require(Nodes is >= 3 and <= 4000, "Nodes must be 3 to 4000.");
        Require(Degree >= 2 && Degree < Nodes && Degree <= 64, "Degree must be 2 to 64 and below the number of nodes.");
        Require((long)Nodes * Degree % 2 == 0, "Nodes times degree must be even, since each link has two ends.");
        Require(Links is >= 2 and <= 16, "Links must be 2 to 16.");
        Require(double.IsFinite(Rate) && Rate > 0, "Rate must be above 0.");
        Require(double.IsFinite(DelayMs) && DelayMs is >= LeastDelayMs and <= 5000, "Delay must be 10 to 5000 ms: senders draw whole milliseconds.");
        Require(Senders is >= 2 and <= 100_000, "Senders must be 2 to 100000.");
        Require(Targets is >= 200 and <= 1_000_000, "Targets must be 200 to 1000000.");
        var packetsInDelay = Senders * Rate * DelayMs / 1000;
        Require(packetsInDelay is >= 0.1 and <= 10_000, "Senders times rate times delay must be 0.1 to 10000 packets.");
        return errors;
    }
}
