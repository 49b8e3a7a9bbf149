using System.Globalization;
using MixMq.Endpoint;
using MixMq.Overlay;
using MixMq.Simulation.Network;
using MixMq.Sphinx;

namespace MixMq.Simulation.Swarm;

/// <summary>
/// What a seed draws before anything happens. Each class of faults is on or off for the whole run, so that seeds differ in kind (swarm
/// testing): with everything on at once, many paths are never reached.
/// </summary>
public sealed class SwarmDraw
{
    public SwarmDraw(long seed, SwarmOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Nodes, SwarmOptions.FewestNodes, nameof(options));
        var random = new SimRandom(seed, "draw");
        IsReal = options.RealEvery > 0 && seed % options.RealEvery == 0;
        foreach (var fault in Enum.GetValues<Faults>())
        {
            var seldom = fault is Faults.StoresRestored or Faults.LyingDisks or Faults.BitFlips;
            Faults |= random.Chance(seldom ? 0.2 : 0.45) ? fault : Faults.None;
        }

        Faults |= options.Always;
        Always = options.Always;

        // Dice of its own, so that what the other seeds draw stays as it was.
        IsGoverned = options.AlwaysGoverned || new SimRandom(seed, "governed").Chance(0.4);
        HasSuccessions = options.AlwaysGoverned || IsGoverned && new SimRandom(seed, "successions or none").Chance(0.6);
        Endpoints = Math.Max(2, options.Nodes / 5);
        Relays = options.Nodes - Endpoints;
        Degree = random.Chance(0.3) ? 3 : 4;
        Degree += Relays * Degree % 2;
        Hostile = Faults.HasFlag(Faults.HostilePeers) ? 1 + random.Below(Math.Max(1, Relays / 6)) : 0;
        HostileToTheEnd = random.Chance(0.5);
        MeanFaultSeconds = Math.Exp(random.Double() * Math.Log(12)) * (IsReal ? 10 : 6);
        LifetimeMillis = random.Pick<long>([3_600_000, 3_600_000, 3_600_000, 60_000, 30_000]);
        Messages = random.Below(5) == 0 && !IsReal ? 150 : 10 + random.Below(40);
        MeanDelayMs = random.Pick<double>([0, 10, 30, 80]);
        MaxBackOffMs = random.Pick<int>([5_000, 20_000]);
        Delay = random.Below(4) switch
        {
            0 => DelayDistribution.Milliseconds(0.2, 2),
            1 => DelayDistribution.Milliseconds(5, 40),
            2 => DelayDistribution.Exponential(3_000, 25_000),
            _ => DelayDistribution.LongTail(5_000, 1.3, 900_000),
        };

        var pages = new SimRandom(seed, "pages of the outbox");
        OutboxPage = pages.Chance(0.6) ? 1 + pages.Below(8) : new EndpointOptions { Network = null!, Own = default }.OutboxPage;
        LoadsNothing = pages.Chance(0.5);
        MaxLoaded = pages.Chance(0.5) ? 1 + pages.Below(40) : new EndpointOptions { Network = null!, Own = default }.MaxLoadedMessages;
        var reminders = new SimRandom(seed, "reminders");
        ReminderMillis = reminders.Chance(0.5) ? 1000 * (5 + reminders.Below(60)) : 0;
        HasDmz = new SimRandom(seed, "dmz or none").Chance(0.5);
        var loops = new SimRandom(seed, "loops");
        LoopsPerMinute = loops.Chance(0.4) ? loops.Pick<int>([6, 60, 300]) : 0;
        HasPings = new SimRandom(seed, "pings or none").Chance(0.4);
        var epochSeconds = random.Pick<int>([3600, 3600, 3600, 60, 40]);
        var maxLinks = Faults.HasFlag(Faults.TightLimits) && random.Chance(0.5) ? Degree : NetworkParameters.DefaultMaxLinks;
        if (!NetworkDefinition.TryCreate("swarm", new PacketGeometry(10, 1024, 256), 1_000, out var definition, out _)
            || !NetworkParameters.TryCreate(definition, out var parameters, out var errors, epochSeconds: epochSeconds, skewSeconds: 5, maxLinks: maxLinks))
        {
            throw new InvalidOperationException("The parameters are not valid.");
        }

        Parameters = parameters;
    }

    public bool IsReal { get; }

    public Faults Faults { get; }

    /// <summary>Those of them that each seed has: they aren't seldom.</summary>
    public Faults Always { get; }

    /// <summary>Whether the network has authorities, who admit its nodes, end an admission, and change parameters.</summary>
    public bool IsGoverned { get; }

    /// <summary>Whether endpoints change their keys.</summary>
    public bool HasSuccessions { get; }

    public int Endpoints { get; }

    public int Relays { get; }

    public int Degree { get; }

    /// <summary>How many of the relays are hostile.</summary>
    public int Hostile { get; }

    /// <summary>Whether they go on after everything else is healed, until the views were compared.</summary>
    public bool HostileToTheEnd { get; }

    /// <summary>Whether floats stand in DMZs, and let others in only while their endpoint has a link to them.</summary>
    public bool HasDmz { get; }

    /// <summary>Mean time between two faults of one class.</summary>
    public double MeanFaultSeconds { get; }

    public long LifetimeMillis { get; }

    public int Messages { get; }

    public double MeanDelayMs { get; }

    public int MaxBackOffMs { get; }

    /// <summary>How many each endpoint sends; 0: none.</summary>
    public int LoopsPerMinute { get; }

    /// <summary>Whether somebody asks now and then whether endpoints answer.</summary>
    public bool HasPings { get; }

    public DelayDistribution Delay { get; }

    /// <summary>Unsettled messages that endpoints load at once: mostly so few that others wait in the store.</summary>
    public int OutboxPage { get; }

    /// <summary>Messages in memory beyond which only a few of each conversation are loaded, and half of which are given back where nothing is acknowledged.</summary>
    public int MaxLoaded { get; }

    /// <summary>Mean time until recipients are first told of conversations in which nothing is under way, milliseconds; 0: they aren't.</summary>
    public int ReminderMillis { get; }

    /// <summary>Whether they load none at a start.</summary>
    public bool LoadsNothing { get; }

    public NetworkParameters Parameters { get; }

    public bool Has(Faults fault) => Faults.HasFlag(fault);

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{(IsReal ? "real" : "ideal")} cryptography, {Endpoints} endpoints, {Relays} relays of degree {Degree}, {Hostile} hostile{(IsGoverned ? ", with authorities" : "")}{(HasSuccessions ? ", keys changed" : "")}, {(HasDmz ? "floats in DMZs" : "no DMZ")}, records live {LifetimeMillis / 1000} s, epochs {Parameters.EpochSeconds} s, at most {Parameters.MaxLinks} links, {Messages} messages in pages of {OutboxPage}, {MaxLoaded} in memory, {LoopsPerMinute} loops a minute, reminders after {ReminderMillis / 1000} s, {(HasPings ? "pings" : "no pings")}, a fault of each class every {MeanFaultSeconds:F1} s: {Faults}");
}
