using System.Collections.Immutable;

namespace MixMq.Endpoint.Paths.Anonymity;

/// <summary>
/// What the graph at hand gives its paths. A pair is a sender and a recipient. Figures over pairs are over those examined: all of them, or a
/// sample where there are too many.
/// </summary>
public sealed record AnonymityReport
{
    /// <summary>Links of a path, as the network has it.</summary>
    public required int PathLinks { get; init; }

    /// <summary>The most links that the packets' slots allow, with one to spare for replies.</summary>
    public required int MostPathLinks { get; init; }

    /// <summary>Relays with a mix key for the epoch.</summary>
    public required int Relays { get; init; }

    /// <summary>Links between two relays.</summary>
    public required int RelayLinks { get; init; }

    /// <summary>Senders and recipients: nodes with a mix key that don't relay; if there are fewer than two of them, all nodes with a mix key.</summary>
    public required int Ends { get; init; }

    /// <summary>
    /// How far the odds of a path's last relay, given the first, are from what they are over all walks of the length: total variation at
    /// <see cref="PathLinks"/>, the median over first relays, 0 to 1. On a regular graph this is the distance from uniform.
    /// </summary>
    public required double TotalVariation { get; init; }

    /// <summary>The same for the worst first relay.</summary>
    public required double TotalVariationWorst { get; init; }

    /// <summary>First relays examined: all, or a sample.</summary>
    public required int StartsExamined { get; init; }

    /// <summary>The fewest path links whose median total variation is at most <see cref="AnonymityGoals.TotalVariation"/>; 0: none up to 31.</summary>
    public required int WantedPathLinks { get; init; }

    /// <summary>The fewest path links for which that holds from every first relay examined; 0: none up to 31.</summary>
    public required int WantedPathLinksWorst { get; init; }

    /// <summary>A cross-check: ⌈log_{d−1} n⌉ + 3, and the two outer links, for n relays of mean degree d; 0: d is 2 or less.</summary>
    public required int RulePathLinks { get; init; }

    /// <summary>Pairs examined.</summary>
    public required int Pairs { get; init; }

    /// <summary>All pairs there are.</summary>
    public required long AllPairs { get; init; }

    /// <summary>Entropy of a path between the two ends of a pair, in bits: the median over pairs that have a path.</summary>
    public required double EntropyMedianBits { get; init; }

    /// <summary>The first percentile: one pair in a hundred has less.</summary>
    public required double EntropyPercentile1Bits { get; init; }

    /// <summary>Pairs whose paths were all enumerated, so that their entropy is exact.</summary>
    public required int ExactPairs { get; init; }

    /// <summary>A bound on what the estimate for the other pairs is off on average, in bits; 0 where all are exact.</summary>
    public required double EntropyBiasBits { get; init; }

    /// <summary>The share of non-backtracking walks that are simple, by weight: the mean over pairs.</summary>
    public required double SimpleShare { get; init; }

    /// <summary>The load on the most used link between relays, over the mean of all such links, with all pairs alike.</summary>
    public required double LinkLoad { get; init; }

    /// <summary>
    /// True: the load was counted over drawn paths between all pairs. False: it was computed, without sampling, for the walks that paths are
    /// drawn from, those that repeat a node included.
    /// </summary>
    public required bool IsLinkLoadCounted { get; init; }

    /// <summary>At least so many relays are needed to see half of the paths, that is to stand on them; each relay counts as an institution.</summary>
    public required int ObserversAtLeast { get; init; }

    /// <summary>So many relays were found that see half of the paths; equal to <see cref="ObserversAtLeast"/> where the number is exact.</summary>
    public required int ObserversAtMost { get; init; }

    /// <summary>Pairs with no path of any allowed length.</summary>
    public required int PairsWithoutPath { get; init; }

    /// <summary>Pairs with a path, but none of the network's length.</summary>
    public required int PairsOfNearestLength { get; init; }

    /// <summary>Pairs with a single path of the length they use.</summary>
    public required int PairsWithOnePath { get; init; }

    /// <summary>Pairs that have a path, and none of any allowed length once some one relay is lost.</summary>
    public required int PairsLostWithOneRelay { get; init; }

    /// <summary>The relays whose loss cuts off most pairs, at most ten, the worst first.</summary>
    public required ImmutableArray<RelayLoss> CriticalRelays { get; init; }

    /// <summary>What falls short of <see cref="AnonymityGoals"/>, the gravest first.</summary>
    public ImmutableArray<AnonymityWarning> Warnings { get; init; } = [];

    /// <summary>Whether the network's path length is enough for half of the first relays or more.</summary>
    public bool IsPathLinksEnough => TotalVariation <= AnonymityGoals.TotalVariation;
}
