using MixMq.Overlay.Admission;
using MixMq.Simulation.Admission;
using MixMq.Simulation.Invariants;
using MixMq.Simulation.Nodes;

namespace MixMq.Simulation.Swarm;

/// <summary>
/// What the authorities of a scenario do while other things go wrong: they end the admission of a relay without which all can still reach each
/// other, and change the path length. Each statement is given to a single node.
/// </summary>
internal sealed class GovernancePlan(World world, SwarmNetwork network, NetworkAuthorities authorities, EndedAdmissionsAreNotUsed admissions)
{
    private readonly SimRandom _random = new(world.Seed, "authorities' plan");

    public void Begin(double seconds)
    {
        SimNode[] dispensable = [.. network.Relays.Skip(2 * network.Endpoints.Count).Where(IsDispensable)];
        if (dispensable.Length > 0)
        {
            var revoked = _random.Pick(dispensable);
            world.After(_random.Double() * seconds, () =>
            {
                admissions.Ended(revoked);
                Give(authorities.Revoke(1, revoked), revoked);
            });
        }

        world.After(_random.Double() * seconds, () =>
        {
            var activation = world.Nodes[0].Clock.Now.UnixMillis + _random.Below(20_000);
            Give(authorities.Parameters(2, activation, pathLinks: 4 + _random.Below(2)), except: null);
        });
    }

    private void Give(AuthorityStatement statement, SimNode? except)
    {
        SimNode[] running = [.. network.Honest.Where(node => node.IsRunning && !node.IsStopping && node != except)];
        if (running.Length == 0)
        {
            world.After(1, () => Give(statement, except));
            return;
        }

        // A process that is killed before it has verified it forgets it, and the operator gives it again.
        var node = _random.Pick(running);
        node.Give(statement);
        world.After(1, () =>
        {
            if (!node.Statements.Any(held => held.Encoded.Span.SequenceEqual(statement.Encoded.Span)))
            {
                Give(statement, except);
            }
        });
    }

    // Endpoints send over their floats, so the rest of the relays must hold together.
    private bool IsDispensable(SimNode relay)
    {
        var rest = network.Relays.Where(other => other != relay).ToDictionary(other => other.Address);
        var reached = new HashSet<SimNode>();
        var next = new Stack<SimNode>([rest.Values.First()]);
        while (next.TryPop(out var node))
        {
            if (reached.Add(node))
            {
                foreach (var peer in node.Peers)
                {
                    if (rest.TryGetValue(peer.Address, out var other))
                    {
                        next.Push(other);
                    }
                }
            }
        }

        return reached.Count == rest.Count;
    }
}
