using System.Collections.Immutable;
using MixMq.Endpoint.Messaging;
using MixMq.Simulation.Disk;
using MixMq.Simulation.Invariants;
using MixMq.Simulation.Nodes;
using MixMq.Simulation.Observation;

namespace MixMq.Simulation.Swarm;

/// <summary>Lets things go wrong, as a seed has drawn, until <see cref="Heal"/>.</summary>
internal sealed class FaultPlan(World world, SwarmNetwork network, SwarmDraw draw, Exemptions exemptions)
{
    private readonly SimRandom _random = new(world.Seed, "faults");
    private readonly Dictionary<int, DiskImage> _backups = [];
    private readonly HashSet<int> _refused = [];
    private bool _isOver;

    public void Begin()
    {
        Repeat(Faults.Crashes, () => Any().CrashAndRestart(Down()));
        Repeat(Faults.PowerLosses, LosePower);
        Repeat(Faults.OrderlyStops, () => StopAndRestart(Any()));
        Repeat(Faults.StoresRestored, RestoreStore);
        Repeat(Faults.SequencesRestored, RestoreSequence);
        Repeat(Faults.FullDisks, FillDisk);
        Repeat(Faults.BitFlips, FlipBit);
        Repeat(Faults.LyingDisks, Lie);
        Repeat(Faults.Partitions, Partition);
        Repeat(Faults.Cuts, Cut);
        Repeat(Faults.Clogs, Clog);
        Repeat(Faults.Resets, () => OnLink(world.Network.Break));
        Repeat(Faults.ClockJumps, JumpClock);
        Repeat(Faults.SlowReaders, SlowReader);
        if (draw.Has(Faults.CrashesAtCommits))
        {
            CrashAtCommits();
        }

        if (draw.Has(Faults.DialFailures))
        {
            EachLine(line => line.DialFailure = _random.Chance(0.3) ? _random.Double() : 0);
        }

        if (draw.Has(Faults.ThinLines))
        {
            EachLine(line =>
            {
                line.BytesPerSecond = _random.Chance(0.3) ? 20_000 + _random.Below(400_000) : 0;
                line.Window = _random.Chance(0.2) ? 4 : 256;
            });
        }

        foreach (var hostile in network.Hostile)
        {
            world.After(_random.Double() * 20, hostile.BeginLying);
        }
    }

    /// <summary>Nothing goes wrong any more: the network, the disks, the clocks and the processes are as they should be.</summary>
    public void Heal()
    {
        _isOver = true;
        world.Network.Heal(reset: _random.Chance(0.5));
        EachLine(line =>
        {
            line.DialFailure = 0;
            line.BytesPerSecond = 0;
            line.Window = 256;
        });
        foreach (var node in world.Nodes)
        {
            node.MicrosPerCell = 0;
            node.Disk.IsFull = false;
            node.Disk.EndLying();
            if (Math.Abs(node.Clock.SkewMillis) > 2_400)
            {
                exemptions.AddClockJump(node, world.Clock.Micros);
                node.JumpClock(-node.Clock.SkewMillis);
            }
        }

        Restart();
        world.Clock.Every(TimeSpan.FromSeconds(1), () =>
        {
            Restart();
            return true;
        });
    }

    private void Restart()
    {
        foreach (var node in world.Nodes)
        {
            if (!node.IsRunning && !node.IsStopping && !_refused.Contains(node.Index))
            {
                Start(node);
            }
        }
    }

    private void Start(SimNode node)
    {
        if (!node.IsRunning && !node.Start())
        {
            _ = _refused.Add(node.Index);
        }
    }

    private void Repeat(Faults fault, Action action)
    {
        if (draw.Has(fault))
        {
            Next(fault is Faults.StoresRestored or Faults.LyingDisks or Faults.BitFlips && !draw.Always.HasFlag(fault) ? 3 * draw.MeanFaultSeconds : draw.MeanFaultSeconds, action);
        }
    }

    private void Next(double mean, Action action) => world.After(-mean * Math.Log(1 - _random.Double()), () =>
    {
        if (!_isOver)
        {
            action();
            Next(mean, action);
        }
    });

    private SimNode Any() => _random.Pick(network.Honest);

    private SimNode AnyEndpoint() => _random.Pick(network.Endpoints);

    // Now and then longer than anybody may take to tell of it.
    private double Down() => _random.Chance(0.1) ? 50 + (_random.Double() * 30) : _random.Chance(0.5) ? _random.Double() : _random.Double() * 20;

    private double While() => 0.5 + (_random.Double() * (_random.Chance(0.5) ? 4 : 25));

    private void LosePower()
    {
        var node = Any();
        if (node.IsRunning)
        {
            node.LosePower();
            world.After(Down(), () => Start(node));
        }
    }

    private void StopAndRestart(SimNode node)
    {
        if (node.IsRunning && !node.IsStopping)
        {
            node.Stop(_random.Double());
            world.After(4 + Down(), () =>
            {
                if (!node.IsStopping)
                {
                    Start(node);
                }
            });
        }
    }

    private void RestoreStore()
    {
        var node = AnyEndpoint();
        if (!_backups.Remove(node.Index, out var image))
        {
            _backups[node.Index] = node.Disk.Backup();
            return;
        }

        node.Crash();
        exemptions.AddRestored(node);
        exemptions.AddSequenceLost(node);
        node.Disk.Restore(image);
        world.Events.StoreRestored(node);
        world.After(Down(), () => Start(node));
    }

    private void RestoreSequence()
    {
        var node = Any();
        node.Crash();
        exemptions.AddSequenceLost(node);
        node.Disk.RestoreSequence(_random.Chance(0.5) ? 0 : node.Disk.Sequence / 2);
        world.After(Down(), () => Start(node));
    }

    private void FillDisk()
    {
        var node = Any();
        node.Disk.IsFull = true;
        world.After(While(), () =>
        {
            node.Disk.IsFull = false;
            if (!node.IsStopping)
            {
                Start(node);
            }
        });
    }

    private void FlipBit()
    {
        if (AnyEndpoint().Disk.TryFlip(_random.Pick(Enum.GetValues<FlipTarget>()), _random) is { } flipped)
        {
            switch (flipped.Target)
            {
                case FlipTarget.OutboxContent or FlipTarget.OutboxEnvelope:
                    exemptions.AddSpoiledOutbox(flipped.Message);
                    break;
                case FlipTarget.PartialEnvelope:
                    // With another length in it, it refuses the true fragments, until the message expires.
                    exemptions.AddSpoiledOutbox(flipped.Message);
                    exemptions.AddSpoiledInbox(flipped.Message);
                    break;
                case FlipTarget.InboxContent:
                    exemptions.AddSpoiledInbox(flipped.Message);
                    break;
                default:
                    // A fragment is held against the hash, and sent again.
                    break;
            }
        }
    }

    private void Lie()
    {
        var node = AnyEndpoint();
        node.Disk.BeginLying();
        world.After(While(), () =>
        {
            if (node.Disk.Lies && _random.Chance(0.5))
            {
                node.CrashAndRestart(Down());
            }

            node.Disk.EndLying();
        });
    }

    private void Partition()
    {
        switch (_random.Below(3))
        {
            case 0:
                world.Network.Isolate(Any());
                break;
            default:
                var groups = world.Nodes.Select(_ => _random.Below(2)).ToArray();
                world.Network.Partition(node => groups[node.Index], oneWay: _random.Chance(0.3));
                break;
        }

        world.After(While(), () =>
        {
            if (world.Network.IsPartitioned)
            {
                world.Network.Heal(reset: _random.Chance(0.3));
            }
        });
    }

    private void Cut() => OnLink((a, b) =>
    {
        if (_random.Chance(0.5))
        {
            world.Network.CutOneWay(a, b);
        }
        else
        {
            world.Network.Cut(a, b);
        }

        world.After(_random.Chance(0.2) ? 50 + (_random.Double() * 30) : While(), () =>
        {
            if (!_isOver)
            {
                world.Network.Restore(a, b, reset: _random.Chance(0.3));
            }
        });
    });

    private void Clog() => OnLink((a, b) =>
    {
        world.Network.Clog(a, b);
        world.After(While(), () => world.Network.Clog(a, b, clogged: false));
    });

    private void JumpClock()
    {
        var node = Any();
        var millis = _random.Chance(0.5) ? _random.Between(-4_000, 4_000) : _random.Between(-400_000, 400_000);
        exemptions.AddClockJump(node, world.Clock.Micros);
        node.JumpClock(millis);
    }

    private void SlowReader()
    {
        var node = Any();
        node.MicrosPerCell = _random.Between(1_000, 60_000);
        world.After(While(), () => node.MicrosPerCell = 0);
    }

    private void CrashAtCommits()
    {
        _ = world.Observe(new CommitCrasher(this));
        var chance = Math.Exp(-_random.Double() * 5);
        foreach (var node in network.Endpoints)
        {
            node.Endpoint!.DownSeconds = Down();
            node.Endpoint.CrashAt = _ => _isOver || !_random.Chance(0.1 * chance) ? CrashPoint.None : _random.Chance(0.5) ? CrashPoint.Before : CrashPoint.After;
        }
    }

    private void OnLink(Action<SimNode, SimNode> action)
    {
        var node = Any();
        if (node.Peers.Count > 0 && world.Network.Find(_random.Pick(node.Peers).Address) is { } peer)
        {
            action(node, peer);
        }
    }

    private void EachLine(Action<Network.SimLine> action)
    {
        foreach (var node in world.Nodes)
        {
            foreach (var peer in node.Peers)
            {
                action(world.Network.Line(node, world.Network.Find(peer.Address)!));
            }
        }
    }

    /// <summary>Kills processes while a transaction is under way, of which any part may have become durable.</summary>
    private sealed class CommitCrasher(FaultPlan plan) : WorldObserver
    {
        public override void CommitBegun(SimNode node, long batch, ImmutableArray<StoreOperation> operations)
        {
            if (!plan._isOver && plan._random.Chance(0.01))
            {
                World.After(0.001, () => node.CrashAndRestart(0.2));
            }
        }
    }
}
