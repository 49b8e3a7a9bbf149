namespace MixMq.Simulation.Invariants;

/// <summary>The invariants, put on a world.</summary>
public sealed class InvariantSet
{
    private InvariantSet(World world, Exemptions exemptions, bool onlyWhatSteers, int heapInterval)
    {
        _ = world.Observe(new LyingDiskWatch(exemptions));
        var sequences = world.Observe(new SequencesNeverGoBack(exemptions));
        Views = world.Observe(new ViewsAreEqualAfterHealing(exemptions));
        Messages = world.Observe(new MessagesArriveOnceInOrder(exemptions));
        Admissions = world.Observe(new EndedAdmissionsAreNotUsed(exemptions));
        Successions = world.Observe(new SuccessionsAreFollowed(exemptions));
        Loops = world.Observe(new LoopsComeBack(exemptions));
        Pings = world.Observe(new PingsAreAnsweredOnce(exemptions));
        All = onlyWhatSteers ? [sequences, Messages, Views, Admissions, Successions, Loops, Pings] :
        [
            sequences,

            // Of what doesn't come to rest what waits for it says most.
            Messages,
            Views,
            Admissions,
            Successions,
            Loops,
            Pings,
            world.Observe(new CellSizesAreConstant(exemptions)),
            world.Observe(new RecordsNeverGoBack(exemptions)),
            world.Observe(new NoPacketIsAcceptedTwice(exemptions)),
            world.Observe(new RelaysForwardWhatTheyTookIn(exemptions)),
            world.Observe(new ViewsAreTrue(exemptions)),
            world.Observe(new ContradictionsAreNotUsed(exemptions)),
            world.Observe(new PathsAreSound(exemptions)),
            world.Observe(new RecordsComeAtTheirPace(exemptions)),
            world.Observe(new LostLinksAreTold(exemptions)),
            world.Observe(new FloatsKeepToTheDmz(exemptions)),
            world.Observe(new QueuesStayBounded(exemptions)),
            world.Observe(new RelaysHoldNoSecrets(exemptions, heapInterval)),
        ];
        Exemptions = exemptions;
    }

    public Exemptions Exemptions { get; }

    public IReadOnlyList<Invariant> All { get; }

    public ViewsAreEqualAfterHealing Views { get; }

    public MessagesArriveOnceInOrder Messages { get; }

    public EndedAdmissionsAreNotUsed Admissions { get; }

    public SuccessionsAreFollowed Successions { get; }

    public LoopsComeBack Loops { get; }

    public PingsAreAnsweredOnce Pings { get; }

    /// <summary>Puts all invariants on a world.</summary>
    /// <param name="world">Before anything happens in it.</param>
    /// <param name="heapInterval">After how many samples a relay's memory is gone through; 0: never.</param>
    public static InvariantSet Watch(World world, int heapInterval) => new(world, new Exemptions(), onlyWhatSteers: false, heapInterval);

    /// <summary>
    /// Puts only those on a world that a scenario asks how to go on, so that a second run shows that the others disturb nothing by looking.
    /// </summary>
    /// <param name="world">Before anything happens in it.</param>
    public static InvariantSet WatchWhatSteers(World world) => new(world, new Exemptions(), onlyWhatSteers: true, heapInterval: 0);

    /// <summary>What must hold when everything is healed and quiet.</summary>
    public void AtTheEnd()
    {
        foreach (var invariant in All)
        {
            invariant.AtTheEnd();
        }
    }
}
