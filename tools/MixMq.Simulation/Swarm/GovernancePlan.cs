using MixMq.Overlay.Admission;
using MixMq.Overlay.Map;
using MixMq.Simulation.Admission;
using MixMq.Simulation.Invariants;
using MixMq.Simulation.Nodes;
using MixMq.Sphinx;

namespace MixMq.Simulation.Swarm;

/// <summary>
/// What the authorities of a scenario do while other things go wrong: they end the admission of a relay without which all can still reach each
/// other, and change the path length. Each statement is given to a single node.
/// </summary>
internal sealed class GovernancePlan(World world, SwarmNetwork network, NetworkAuthorities authorities, EndedAdmissionsAreNotUsed admissions)
{
    private const double LateSeconds = 9;
    private readonly List<NodeAddress> _revoked = [];
    private readonly SimRandom _random = new(world.Seed, "authorities' plan");
    private readonly SimRandom _late = new(world.Seed, "late revocation");
    private SimNode? _outcast;

    public void Begin(double seconds)
    {
        SimNode[] dispensable = [.. network.Relays.Skip(2 * network.Endpoints.Count).Where(IsDispensable)];
        if (dispensable.Length > 0)
        {
            var revoked = _random.Pick(dispensable);
            var when = _random.Double() * seconds;

            // Now and then when nothing goes wrong any more, and messages still flow.
            world.After(_late.Chance(0.3) ? seconds + (_late.Double() * LateSeconds) : when, () =>
            {
                admissions.Ended(revoked);
                _outcast = revoked;
                Revoke(revoked.Address);
            });
        }

        world.After(_random.Double() * seconds, () =>
        {
            var activation = world.Nodes[0].Clock.Now.UnixMillis + _random.Below(20_000);
            Give(authorities.Parameters(2, activation, pathLinks: 4 + _random.Below(2)));
        });
    }

    /// <summary>An address that its node has given up is revoked.</summary>
    public void RevokeFormer(NodeAddress address)
    {
        admissions.Ended(address);
        Revoke(address);
    }

    /// <summary>Gives a statement to some node that runs, until one has stored it.</summary>
    public void Give(AuthorityStatement statement)
    {
        SimNode[] running = [.. network.Honest.Where(node => node.IsRunning && !node.IsStopping && node != _outcast)];
        if (running.Length == 0)
        {
            world.After(1, () => Give(statement));
            return;
        }

        // A process that is killed before it has verified it forgets it, and one whose node is revoked tells nobody: the operator gives it again.
        var node = _random.Pick(running);
        node.Give(statement);
        world.After(1, () =>
        {
            if (node == _outcast || !node.Statements.Any(held => IsNoOlder(held, statement)))
            {
                Give(statement);
            }
        });
    }

    private void Revoke(NodeAddress address)
    {
        // A list takes the place of the one before it.
        _revoked.Add(address);
        Give(authorities.Revoke((ulong)_revoked.Count, _revoked));
    }

    private static bool IsNoOlder(AuthorityStatement held, AuthorityStatement statement) => (held, statement) switch
    {
        (SignedParameters one, SignedParameters other) => one.Number >= other.Number,
        (RevokedAddresses one, RevokedAddresses other) => one.Number >= other.Number,
        (Succession one, Succession other) => one.Old == other.Old && one.Number >= other.Number,
        _ => false,
    };

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
