namespace MixMq.Simulation.Invariants;

/// <summary>All invariants, put on a world.</summary>
public sealed class InvariantSet
{
    private InvariantSet(World world, Exemptions exemptions, int heapInterval)
    {
        _ = world.Observe(new LyingDiskWatch(exemptions));
        Views = world.Observe(new ViewsAreEqualAfterHealing(exemptions));
        Messages = world.Observe(new MessagesArriveOnceInOrder(exemptions));
        Memory = world.Observe(new RelaysHoldNoSecrets(exemptions, heapInterval));
        Queues = world.Observe(new QueuesStayBounded(exemptions));
        All =
        [
            world.Observe(new CellSizesAreConstant(exemptions)),
            world.Observe(new SequencesNeverGoBack(exemptions)),
            world.Observe(new NoPacketIsAcceptedTwice(exemptions)),
            world.Observe(new RelaysForwardWhatTheyTookIn(exemptions)),
            world.Observe(new ViewsAreTrue(exemptions)),
            world.Observe(new PathsAreSound(exemptions)),
            world.Observe(new RecordsComeAtTheirPace(exemptions)),
            world.Observe(new LostLinksAreTold(exemptions)),
            Views,
            Messages,
            Queues,
            Memory,
        ];
        Exemptions = exemptions;
    }

    public Exemptions Exemptions { get; }

    public IReadOnlyList<Invariant> All { get; }

    public ViewsAreEqualAfterHealing Views { get; }

    public MessagesArriveOnceInOrder Messages { get; }

    public RelaysHoldNoSecrets Memory { get; }

    public QueuesStayBounded Queues { get; }

    /// <summary>Puts all invariants on a world.</summary>
    /// <param name="world">Before anything happens in it.</param>
    /// <param name="heapInterval">After how many samples a relay's memory is gone through; 0: never.</param>
    public static InvariantSet Watch(World world, int heapInterval) => new(world, new Exemptions(), heapInterval);

    /// <summary>What must hold when everything is healed and quiet.</summary>
    public void AtTheEnd()
    {
        foreach (var invariant in All)
        {
            invariant.AtTheEnd();
        }
    }
}
