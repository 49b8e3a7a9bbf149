using MixMq.Overlay.Map;
using MixMq.Simulation.Admission;
using MixMq.Simulation.Hostile;
using MixMq.Simulation.Invariants;
using MixMq.Simulation.Nodes;
using MixMq.Simulation.Observation;

namespace MixMq.Simulation.Swarm;

/// <summary>
/// Changes of endpoints' keys while other things go wrong: a process ends, somehow, and starts again with another identity; the operators of its neighbours hear of that some time later. The
/// statement is with the node, and sometimes with somebody else before; some say that the old key is lost, some begin later, and the old address may be revoked. Beside them are statements that not all have signed who must, told by operators and by hostile peers.
/// </summary>
internal sealed class SuccessionPlan(World world, SwarmNetwork network, NetworkAuthorities authorities, GovernancePlan governance, SuccessionsAreFollowed successions)
{
    private const int MostChanges = 4;
    private const int MostForged = 6;

    /// <summary>Until a neighbour's operator knows of the new key.</summary>
    private const double OperatorSeconds = 8;

    private readonly SimRandom _random = new(world.Seed, "successions");

    public void Begin(double seconds)
    {
        for (var left = 1 + _random.Below(MostChanges); left > 0; left--)
        {
            world.After(_random.Double() * seconds, () => Change(_random.Pick(network.Endpoints)));
        }

        var forger = new ForgedSuccessions(world, network, authorities, _random);
        for (var left = _random.Below(MostForged); left > 0; left--)
        {
            world.After(_random.Double() * seconds, () => Forge(forger));
        }

        foreach (var hostile in network.Hostile.Where(_ => _random.Chance(0.5)))
        {
            hostile.Add(new SuccessionForger(forger.Make));
        }
    }

    private void Change(SimNode node)
    {
        switch (_random.Below(3))
        {
            case 0:
                node.Crash();
                break;
            case 1 when node.IsRunning:
                node.LosePower();
                break;
            default:
                node.Stop(_random.Double());
                break;
        }

        Move(node);
    }

    // An orderly stop takes its time. A process that a fault has ended starts by itself again, with whatever key its node has then.
    private void Move(SimNode node)
    {
        if (node.IsRunning)
        {
            if (!node.IsStopping)
            {
                node.Stop();
            }

            world.After(0.1, () => Move(node));
            return;
        }

        var isEmergency = _random.Chance(0.3);
        var old = node.ChangeKey();
        authorities.Govern(node, network.InstitutionOf(node));
        var begin = _random.Chance(0.7) ? 0 : node.Now.UnixMillis - node.Clock.SkewMillis + _random.Below(15_000);
        var statement = authorities.Succeed(old, node, 1, isEmergency, begin);
        node.OwnSuccessions.Add(statement);
        successions.Issued(statement);
        world.Marks.Hit(isEmergency ? Mark.KeyReplacedInEmergency : Mark.KeyChanged);
        foreach (var peer in world.Nodes.Where(peer => peer.Peers.Any(options => options.Address == old.Address)).ToArray())
        {
            world.After(_random.Double() * OperatorSeconds, () => peer.MovePeer(node, old.Address));
        }

        if (_random.Chance(0.5))
        {
            governance.Give(statement);
        }

        if (_random.Chance(0.4))
        {
            world.After(_random.Double() * 20, () => governance.RevokeFormer(old.Address));
        }

        world.After(_random.Double() * (_random.Chance(0.5) ? 1 : 20), () =>
        {
            if (!node.IsRunning && !node.IsStopping)
            {
                _ = node.Start();
            }
        });
    }

    private void Forge(ForgedSuccessions forger)
    {
        SimNode[] running = [.. network.Honest.Where(node => node.IsRunning && !node.IsStopping)];
        if (running.Length > 0)
        {
            world.Marks.Hit(Mark.SuccessionForged);
            _random.Pick(running).Give(forger.Make());
        }
    }
}
