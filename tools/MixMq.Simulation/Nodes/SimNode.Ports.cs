using MixMq.Overlay;
using MixMq.Simulation.Observation;
using MixMq.Sphinx;

namespace MixMq.Simulation.Nodes;

/// <content>Its ports. A float in a DMZ has one for its inside, and one for others that it keeps open only while a link to its inside is up; other nodes have one, always open.</content>
public partial class SimNode
{
    private readonly HashSet<NodeAddress> _inside = [];
    private bool _isPublicPortOpen;

    /// <summary>Whether it stands in a DMZ.</summary>
    public bool IsInDmz => _inside.Count > 0;

    /// <summary>Whether those who aren't of its inside are let in now.</summary>
    public bool IsPublicPortOpen => IsRunning && (!IsInDmz || _isPublicPortOpen);

    /// <summary>Puts it into the DMZ of an endpoint that dials it; before it starts.</summary>
    public void AddInside(SimNode endpoint) => _ = _inside.Add(endpoint.Address);

    /// <summary>Its operator is told that a peer has another key: in its configuration, its process if it runs, and, where it is of its inside, at its ports.</summary>
    public void MovePeer(SimNode peer, NodeAddress former)
    {
        if (_inside.Remove(former))
        {
            AddInside(peer);
        }

        var at = Peers.FindIndex(options => options.Address == former);
        if (at < 0)
        {
            return;
        }

        Peers[at] = Peers[at] with { Address = peer.Address };
        if (IsRunning)
        {
            RemovePeer(former);
            AddPeer(Peers[at]);
        }
    }

    /// <summary>Whether a node is of its inside.</summary>
    public bool HasInside(NodeAddress node) => _inside.Contains(node);

    /// <summary>Whether a link to its inside is up.</summary>
    public bool IsActivated
    {
        get
        {
            foreach (var inside in _inside)
            {
                if (IsRunning && Core.TryGetLink(inside, out _))
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>Whether a connection of another node is accepted now.</summary>
    internal bool Admits(SimNode dialler) => IsRunning && (IsPublicPortOpen || HasInside(dialler.Address));

    /// <summary>As in the shipping shell, whose gate follows on a thread of its own.</summary>
    private void SignalGate(in LinkEvent linkEvent)
    {
        if (IsInDmz && linkEvent.Kind is LinkEventKind.Up or LinkEventKind.Down)
        {
            Post(NodeEvent.GateSignalled, null);
        }
    }

    private void FollowGate(bool isWanted)
    {
        if (IsInDmz && isWanted != _isPublicPortOpen)
        {
            _isPublicPortOpen = isWanted;
            World.Events.PublicPortChanged(this, isWanted);
        }
    }
}
