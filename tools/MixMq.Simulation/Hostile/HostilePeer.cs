using MixMq.Simulation.Nodes;
using MixMq.Sphinx;

namespace MixMq.Simulation.Hostile;

/// <summary>A relay in hostile hands: valid keys, configured links, the shipping core for what it doesn't care about, and a choice of behaviours.</summary>
public sealed class HostilePeer : HostileNode
{
    private readonly List<HostileBehaviour> _behaviours = [];

    public HostilePeer(World world, string name)
        : base(world, name) => Gossip = new GossipCraft(this);

    /// <summary>Whether it misbehaves now; before and after it is like any other.</summary>
    public bool Lies { get; private set; }

    public IReadOnlyList<HostileBehaviour> Behaviours => _behaviours;

    /// <summary>Addresses it has made up.</summary>
    public HashSet<NodeAddress> Invented { get; } = [];

    internal SimRandom Whim => Dishonest;

    internal GossipCraft Gossip { get; }

    /// <summary>Adds a behaviour, before lying begins.</summary>
    public void Add(HostileBehaviour behaviour)
    {
        behaviour.Attach(this);
        _behaviours.Add(behaviour);
    }

    public void BeginLying()
    {
        Lies = true;
        foreach (var behaviour in _behaviours)
        {
            behaviour.Begin();
        }
    }

    public void EndLying() => Lies = false;

    /// <summary>The neighbours it is configured with.</summary>
    internal SimNode[] Neighbours() => [.. Peers.Select(peer => World.Network.Find(peer.Address)).OfType<SimNode>()];

    protected override bool Rewrite(SimNode to, Span<byte> cell)
    {
        var passes = true;
        if (Lies)
        {
            foreach (var behaviour in _behaviours)
            {
                passes &= behaviour.Rewrite(to, cell);
            }
        }

        return passes;
    }

    protected override bool Read(SimNode from, Span<byte> cell)
    {
        if (Lies)
        {
            var passes = Gossip.Read(from, cell);
            foreach (var behaviour in _behaviours)
            {
                passes &= behaviour.Read(from, cell);
            }

            return passes;
        }

        return true;
    }

    protected internal override UnwrapResult OnUnwrapped(in UnwrapResult result, Span<byte> packet)
    {
        var changed = result;
        if (Lies)
        {
            foreach (var behaviour in _behaviours)
            {
                changed = behaviour.Unwrapped(changed, packet);
            }
        }

        return changed;
    }
}
