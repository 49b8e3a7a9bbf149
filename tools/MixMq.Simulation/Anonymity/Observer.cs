namespace MixMq.Simulation.Anonymity;

/// <summary>What an observer of all links knows. Each sees when a packet is sent, goes over a link and is delivered.</summary>
public enum Observer
{
    /// <summary>
    /// Times alone: of the packets that a relay holds any may be the one that leaves. The usual measure; but where all paths are equally
    /// long it is wrong, since it takes a packet that has just come in for one that may be delivered next. Its surprise shows that.
    /// </summary>
    OfTimes,

    /// <summary>
    /// Besides, for each packet on a link, over how many it has gone. No observer has that, but it contains all that one can conclude from
    /// the length of paths, which is the same for all; who knows less is left with no less in the mean.
    /// </summary>
    OfTimesAndPlaces,
}
