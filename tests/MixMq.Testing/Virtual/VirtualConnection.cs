using MixMq.Overlay;
using MixMq.Overlay.Links;

namespace MixMq.Testing.Virtual;

/// <summary>One TCP connection: two ends, each with the outbound queues that a link's writer has, and a latency. Cells arrive in order.</summary>
public sealed class VirtualConnection
{
    private readonly VirtualNetwork _network;
    private readonly End _dialler;
    private readonly End _acceptor;
    private readonly long _latency;

    internal VirtualConnection(
        VirtualNetwork network, VirtualNode dialler, VirtualNode acceptor, ConnectionId diallerId, ConnectionId acceptorId, long latency)
    {
        _network = network;
        _latency = latency;
        _dialler = new End(dialler, diallerId);
        _acceptor = new End(acceptor, acceptorId);
    }

    internal bool Has(VirtualNode node) => _dialler.Node == node || _acceptor.Node == node;

    internal ConnectionId IdOf(VirtualNode node) => Mine(node).Id;

    /// <summary>Queues a complete cell at a node's end; false where its queue is full or the end is closed: the caller still owns the cell.</summary>
    internal bool TrySend(VirtualNode from, PacketBuffer cell)
    {
        var end = Mine(from);
        return end.IsOpen && end.Scheduler.TryEnqueue(cell);
    }

    /// <summary>Writes what waits at a node's end.</summary>
    internal void Pump(VirtualNode from)
    {
        var (mine, other) = (Mine(from), Other(from));
        while (mine.Scheduler.TryDequeue(out var cell))
        {
            var bytes = cell.Cell.ToArray();
            cell.Return();
            if (_network.IsCut(from, other.Node) || _network.CellFilter?.Invoke(from, other.Node, bytes) == false)
            {
                continue;
            }

            After(() =>
            {
                // A cut takes what is under way, too.
                if (other.IsOpen && !_network.IsCut(from, other.Node))
                {
                    other.Node.CellArrived(other.Id, bytes);
                }
            });
        }
    }

    /// <summary>A node's end closes after having written what waits; the other end hears of it, unless the line is cut.</summary>
    internal void CloseFrom(VirtualNode node)
    {
        Pump(node);
        Mine(node).IsOpen = false;
        Mine(node).Scheduler.Clear();
        var other = Other(node);
        if (_network.IsCut(node, other.Node))
        {
            return;
        }

        After(() =>
        {
            if (other.IsOpen)
            {
                other.IsOpen = false;
                other.Scheduler.Clear();
                other.Node.Disconnected(other.Id);
            }

            _network.Forget(this);
        });
    }

    /// <summary>A node is gone without a word; only its end of the line knows.</summary>
    internal void Vanish(VirtualNode node)
    {
        Mine(node).IsOpen = false;
        Mine(node).Scheduler.Clear();
    }

    internal void Break()
    {
        foreach (var end in (End[])[_dialler, _acceptor])
        {
            if (end.IsOpen)
            {
                end.IsOpen = false;
                end.Scheduler.Clear();
                end.Node.Disconnected(end.Id);
            }
        }

        _network.Forget(this);
    }

    private void After(Action action) => _network.Clock.At(_network.Clock.Micros + _latency, action);

    private End Mine(VirtualNode node) => _dialler.Node == node ? _dialler : _acceptor;

    private End Other(VirtualNode node) => _dialler.Node == node ? _acceptor : _dialler;

    private sealed class End(VirtualNode node, ConnectionId id)
    {
        public VirtualNode Node => node;

        public ConnectionId Id => id;

        public LinkScheduler Scheduler { get; } = new();

        public bool IsOpen { get; set; } = true;
    }
}
