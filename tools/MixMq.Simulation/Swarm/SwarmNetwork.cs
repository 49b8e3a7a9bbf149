using MixMq.Simulation.Admission;
using MixMq.Simulation.Hostile;
using MixMq.Simulation.Invariants;
using MixMq.Simulation.Network;
using MixMq.Simulation.Nodes;
using MixMq.Simulation.Topologies;

namespace MixMq.Simulation.Swarm;

/// <summary>The nodes of a scenario: institutions with an endpoint and floats of their own, other relays, some of them hostile.</summary>
public sealed class SwarmNetwork
{
    private SwarmNetwork(IReadOnlyList<SimNode> endpoints, IReadOnlyList<SimNode> relays, NetworkAuthorities? authorities)
    {
        Authorities = authorities;
        Endpoints = endpoints;
        Relays = relays;
        Hostile = [.. relays.OfType<HostilePeer>()];
        Honest = [.. endpoints, .. relays.Where(relay => relay is not HostilePeer)];
    }

    /// <summary>Null: the network is open.</summary>
    public NetworkAuthorities? Authorities { get; }

    public IReadOnlyList<SimNode> Endpoints { get; }

    public IReadOnlyList<SimNode> Relays { get; }

    public IReadOnlyList<HostilePeer> Hostile { get; }

    public IReadOnlyList<SimNode> Honest { get; }

    /// <summary>The institution of an endpoint, as its certificate has it.</summary>
    internal string InstitutionOf(SimNode endpoint) => Institution(Endpoints.Index().First(item => item.Item == endpoint).Index);

    internal static SwarmNetwork Build(World world, SwarmDraw draw, Exemptions exemptions)
    {
        var random = new SimRandom(world.Seed, "layout");
        var relays = new SimNode[draw.Relays];
        for (var i = 0; i < relays.Length; i++)
        {
            // The last relays belong to no endpoint, so an endpoint always has an honest float.
            if (i >= relays.Length - draw.Hostile)
            {
                var hostile = world.Add(new HostilePeer(world, $"hostile-{i}"));
                foreach (var behaviour in HostileChoice.Draw(random))
                {
                    hostile.Add(behaviour);
                }

                exemptions.AddHostile(hostile);
                relays[i] = hostile;
            }
            else
            {
                relays[i] = world.AddNode($"float-{i}");
            }
        }

        foreach (var (a, b) in Layouts.RandomRegular(relays.Length, draw.Degree, random))
        {
            World.Peer(relays[a], relays[b], bothDial: random.Chance(0.3));
        }

        var dmz = new SimRandom(world.Seed, "dmz");
        var endpoints = new SimNode[draw.Endpoints];
        for (var i = 0; i < endpoints.Length; i++)
        {
            endpoints[i] = world.AddEndpoint($"endpoint-{i}");
            var floats = 1 + random.Below(2);
            for (var j = 0; j < floats; j++)
            {
                World.Peer(endpoints[i], relays[(2 * i) + j]);
                if (draw.HasDmz && dmz.Chance(0.8))
                {
                    relays[(2 * i) + j].AddInside(endpoints[i]);
                }
            }

            // One that shares a float with a neighbour institution, or is linked to any relay.
            if (random.Chance(0.3))
            {
                World.Peer(endpoints[i], relays[(2 * draw.Endpoints) + random.Below(relays.Length - (2 * draw.Endpoints))]);
            }
        }

        var network = new SwarmNetwork(endpoints, relays, draw.IsGoverned ? Govern(world, endpoints, relays) : null);
        Configure(world, draw, random);
        return network;
    }

    // An endpoint and its floats are one institution's; every other relay is of one of its own.
    private static NetworkAuthorities Govern(World world, SimNode[] endpoints, SimNode[] relays)
    {
        var authorities = new NetworkAuthorities(world, 3, 2);
        for (var i = 0; i < relays.Length; i++)
        {
            authorities.Govern(relays[i], i / 2 < endpoints.Length ? Institution(i / 2) : relays[i].Name);
        }

        for (var i = 0; i < endpoints.Length; i++)
        {
            authorities.Govern(endpoints[i], Institution(i));
        }

        return authorities;
    }

    private static string Institution(int number) => $"institution {number}";

    private static void Configure(World world, SwarmDraw draw, SimRandom random)
    {
        world.Network.Delay = draw.Delay;
        var tight = draw.Has(Faults.TightLimits);
        var signing = new SimRandom(world.Seed, "signing");
        DelayDistribution? signDelay = signing.Chance(0.25) ? DelayDistribution.Exponential(1_000, 500_000) : null;
        var (delayLimit, rate, perRecipient) = (tight && random.Chance(0.5) ? 8 : 16_384, tight && random.Chance(0.5) ? 40 : 5_000, tight && random.Chance(0.5) ? 5 : 16_384);
        foreach (var node in world.Nodes)
        {
            node.Clock.SkewMillis = random.Between(-2_400, 2_400);
            node.Clock.DriftPpm = random.Chance(0.3) ? random.Between(-200, 200) : 0;
            node.Configure = options => options with
            {
                RecordLifetimeMillis = draw.LifetimeMillis,
                DelayQueueLimit = delayLimit,
                LinkPacketsPerSecond = rate,
                LinkPacketBurst = 2 * rate,
            };
            if (node.Endpoint is { } endpoint)
            {
                endpoint.SignDelay = signDelay;
                endpoint.FirstPage = draw.LoadsNothing ? 0 : null;
                endpoint.Configure = options => options with
                {
                    MeanDelayMs = draw.MeanDelayMs,
                    MaxBackOffMs = draw.MaxBackOffMs,
                    LoopsPerMinute = draw.LoopsPerMinute,
                    MaxOutboxMessagesPerRecipient = perRecipient,
                    OutboxPage = draw.OutboxPage,
                    MaxLoadedMessages = draw.MaxLoaded,
                    ReminderMillis = draw.ReminderMillis,
                };
            }
        }
    }
}
