using MixMq.Simulation.Invariants;
using MixMq.Simulation.Nodes;
using MixMq.Simulation.Observation;
using MixMq.Sphinx;

namespace MixMq.Simulation.Swarm;

/// <summary>The applications of a scenario: messages of all sizes at random times, some that expire soon, in several conversations.</summary>
internal sealed class SwarmTraffic(World world, SwarmNetwork network, SwarmDraw draw)
{
    private static readonly string[] Conversations = ["", "", "invoices", "orders"];
    private readonly SimRandom _addresses = new(world.Seed, "addresses");
    private readonly SimRandom _early = new(world.Seed, "early");
    private readonly SimRandom _random = new(world.Seed, "traffic");

    // Dice of their own, so that messages are the same with them.
    private readonly SimRandom _pings = new(world.Seed, "pings");

    /// <summary>Schedules messages over so many seconds from now.</summary>
    public void Begin(double seconds, int count)
    {
        for (var i = 0; i < count; i++)
        {
            world.After(2 + (_random.Double() * seconds), Send);
        }
    }

    /// <summary>Schedules bursts, in which windows and queues fill.</summary>
    public void BeginBursts(double seconds)
    {
        for (var i = 0; i < draw.Messages / 50; i++)
        {
            world.After(5 + (_random.Double() * seconds), () =>
            {
                for (var j = 0; j < 10; j++)
                {
                    Send();
                }
            });
        }
    }

    /// <summary>Schedules pings over so many seconds from now; some of them, nobody waits for to their end.</summary>
    public void BeginPings(double seconds)
    {
        for (var i = 0; i < draw.Endpoints * 4; i++)
        {
            world.After(2 + (_pings.Double() * seconds), Ping);
        }
    }

    private void Ping()
    {
        var from = _pings.Pick(network.Endpoints);
        var to = _pings.Pick(network.Endpoints);
        var wait = 1_000 + _pings.Below(9_000);
        var leaves = _pings.Chance(0.1) ? 0.3 : 0;
        if (!from.IsRunning)
        {
            return;
        }

        var token = from.Endpoint!.Ping(to, wait);
        if (leaves > 0)
        {
            world.After(leaves, () => from.Endpoint.ForgetPing(token));
        }
    }

    private void Send()
    {
        var from = _random.Pick(network.Endpoints);
        var to = _random.Pick(network.Endpoints);
        var bytes = _random.Below(10) switch
        {
            < 6 => _random.Below(700),
            < 9 => _random.Below(4_000),
            _ => _random.Below(20_000),
        };
        var content = Content(bytes);
        var conversation = _random.Pick(Conversations);
        var expires = _random.Chance(0.2) ? 200 + (long)(_random.Double() * 30_000) : 0;
        if (from != to && from.IsRunning)
        {
            _ = from.Endpoint!.Submit(AddressOf(to, from), content, conversation, "label", expires);
        }
    }

    // A correspondent can be written to by any address that the node knows to be its, and by its newest before the node has heard of it.
    private NodeAddress AddressOf(SimNode to, SimNode from)
    {
        var known = from.Core.Map.Successions.All(to.KnownAs);
        if (!known.Contains(to.Address) && _early.Chance(0.3))
        {
            world.Marks.Hit(Mark.WrittenTooEarly);
            return to.Address;
        }

        var address = known[known.Length == 1 ? 0 : _addresses.Below(known.Length)];
        if (to.FormerAddresses.Count > 0)
        {
            world.Marks.Hit(address == to.Address ? Mark.WrittenToNewAddress : Mark.WrittenToFormerAddress);
        }

        return address;
    }

    private byte[] Content(int bytes)
    {
        var content = new byte[bytes];
        _random.Fill(content);
        for (var at = 0; at + RelaysHoldNoSecrets.Marker.Length <= bytes; at += 64)
        {
            RelaysHoldNoSecrets.Marker.CopyTo(content.AsSpan(at));
        }

        return content;
    }
}
