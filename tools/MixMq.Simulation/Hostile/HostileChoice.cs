namespace MixMq.Simulation.Hostile;

/// <summary>Draws what a hostile peer does.</summary>
public static class HostileChoice
{
    /// <summary>How many behaviours there are.</summary>
    public const int Count = 15;

    /// <summary>A behaviour by its number.</summary>
    public static HostileBehaviour Make(int number, SimRandom random) => number switch
    {
        0 => new PacketReplayer(),
        1 => new PacketMangler(random.Double() * 0.5, random.Double() * 0.5, random.Double() * 0.3),
        2 => new RecordFlooder(),
        3 => new RecordReplayer(),
        4 => new RecordForger(),
        5 => new Equivocator(),
        6 => new LinkInventor(),
        7 => new PullIgnorer(),
        8 => new GarbageSender(1 + (4 * random.Double())),
        9 => new GossipGarbler(),
        10 => new HelloLiar(random.Double(), random.Chance(0.3) ? 0.02 : 0, random.Double() * 0.4),
        11 => new LinkDropper(2 + (8 * random.Double())),
        12 => new PacketMaker(0.1 + random.Double()),
        13 => new PacketMangler(1, 0, 0),
        14 => new EndpointForger(),
        _ => throw new ArgumentOutOfRangeException(nameof(number)),
    };

    /// <summary>One to five different behaviours.</summary>
    public static IEnumerable<HostileBehaviour> Draw(SimRandom random)
    {
        var numbers = Enumerable.Range(0, Count).ToArray();
        random.Shuffle<int>(numbers);
        return numbers.Take(1 + random.Below(5)).Select(number => Make(number, random));
    }
}
