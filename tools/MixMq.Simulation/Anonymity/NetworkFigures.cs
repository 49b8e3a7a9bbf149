namespace MixMq.Simulation.Anonymity;

/// <summary>A network of mixes, measured. Entropies in bits.</summary>
public sealed record NetworkFigures
{
    public required long Packets { get; init; }

    public required int Targets { get; init; }

    /// <summary>Share of packets whose path had another length, because none of the network's joins the two nodes.</summary>
    public required double OtherLengthShare { get; init; }

    public required long Unrouted { get; init; }

    /// <summary>Packets in a relay, in the mean over time and relays.</summary>
    public required double Occupancy { get; init; }

    public required ObserverFigures OfTimes { get; init; }

    public required ObserverFigures OfTimesAndPlaces { get; init; }

    /// <summary>Entropy if the network were one perfect mix with the same delays and traffic.</summary>
    public required Summary PerfectMix { get; init; }

    public required double Ceiling { get; init; }

    public required double OccupancyFit { get; init; }

    public required double DelayFit { get; init; }

    public required double InterchangeFit { get; init; }

    /// <summary>Times on the way in milliseconds, for a picture.</summary>
    public required IReadOnlyList<long> Delays { get; init; }

    /// <summary>Of the targets, in order of time: entropy over senders.</summary>
    public required IReadOnlyList<double> SenderEntropies { get; init; }

    public required string Hash { get; init; }

    /// <summary>
    /// Measured entropy over the ceiling. Taken from the observer of times and places: only there a packet has the number of relays that the
    /// ceiling supposes. To an observer of times alone paths of every length are possible, and the quotient may exceed 1.
    /// </summary>
    public double Efficiency => OfTimesAndPlaces.Packet.Mean / Ceiling;
}
