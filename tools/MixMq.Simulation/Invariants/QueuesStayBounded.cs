using MixMq.Endpoint.Messaging;
using MixMq.Overlay;
using MixMq.Overlay.Links;
using MixMq.Simulation.Nodes;

namespace MixMq.Simulation.Invariants;

/// <summary>Whatever comes in, what waits stays under the limits that the options and the specification give, and at the end nothing is left.</summary>
public sealed class QueuesStayBounded(Exemptions exemptions) : Invariant(exemptions)
{
    private const int Interval = 2;
    private const int QueueLimit = LinkTuning.HelloQueueLimit + LinkTuning.ControlQueueLimit + LinkTuning.PacketQueueLimit;

    /// <summary>The last, the current, and those ahead: twice as many, where the clock was set back.</summary>
    private const int MostKeys = 2 + (2 * NetworkParameters.EpochsAhead);
    private readonly Dictionary<int, OverlayOptions> _options = [];
    private int _samples;

    public override void Started(SimNode node)
    {
        var options = new OverlayOptions { Network = node.Parameters, Own = node.Address, Relays = node.Relays, Peers = [.. node.Peers] };
        _options[node.Index] = node.Configure?.Invoke(options) ?? options;
    }

    public override void Sampled()
    {
        if (_samples++ % Interval != 0)
        {
            return;
        }

        foreach (var node in World.Nodes.Where(node => node.IsRunning && !node.IsStopping && IsHonest(node)))
        {
            Check(node, _options[node.Index]);
        }
    }

    /// <summary>Buffers that are out although nothing waits were lost.</summary>
    public override void AtTheEnd()
    {
        foreach (var node in World.Nodes.Where(node => node.IsRunning && IsHonest(node)))
        {
            if (Leaked(node) is { } leaked)
            {
                Violate(leaked);
            }
        }
    }

    /// <summary>What is still held by a node with nothing to do; null: nothing.</summary>
    public static string? Leaked(SimNode node)
    {
        var (waiting, control) = (node.Snapshot().Delayed + node.UnwrapsUnderWay + node.QueuedCells, node.QueuedCells);
        return node.Pool.Outstanding > waiting ? $"{node.Name} has {node.Pool.Outstanding} packet buffers out; {waiting} packets wait."
            : node.ControlPool.Outstanding > control ? $"{node.Name} has {node.ControlPool.Outstanding} control buffers out; {control} cells wait."
            : null;
    }

    private void Check(SimNode node, OverlayOptions options)
    {
        var overlay = node.Snapshot();
        Require(node, "packets with a delay", overlay.Delayed, options.DelayQueueLimit);
        Require(node, "records", overlay.TopologyRecords, options.RecordLimit);
        Require(node, "connections", overlay.Connections, (options.Peers.Length * (LinkTuning.ConnectionsPerPeer + 2)) + LinkTuning.AcceptedHandshakes);
        Require(node, "handshakes", overlay.Handshakes, LinkTuning.AcceptedHandshakes + options.Peers.Length);
        Require(node, "packets to unwrap", node.UnwrapsUnderWay, World.Options.CryptoQueue);
        Require(node, "mix keys", overlay.KeyEpochs.Length, MostKeys);
        foreach (var peer in options.Peers)
        {
            if (World.Network.Find(peer.Address) is { } other)
            {
                Require(node, $"cells for {other.Name}", node.QueuedTo(other), QueueLimit * LinkTuning.ConnectionsPerPeer);
            }
        }

        if (node.Endpoint is { } endpoint)
        {
            CheckEndpoint(node, endpoint);
        }
    }

    private void CheckEndpoint(SimNode node, SimEndpoint endpoint)
    {
        var options = new Endpoint.EndpointOptions { Network = node.Parameters, Own = node.Address };
        options = endpoint.Configure?.Invoke(options) ?? options;
        var state = endpoint.Snapshot();
        Require(node, "unsettled messages", state.Unsettled, options.MaxOutboxMessages);
        Require(node, "bytes of content held", state.HeldContentBytes, options.MaxHeldContentBytes + MessagingConstants.MaxWholeContentBytes);
        Require(node, "bytes not yet durable", state.UncommittedBytes, options.MaxUncommittedBytes + (2L * MessagingConstants.MaxWholeContentBytes));
        Require(node, "bytes of partials", node.Disk.Store.PartialBytes, options.MaxPartialBytes);
    }

    private void Require(SimNode node, string what, long held, long limit)
    {
        if (held > limit)
        {
            Violate($"{node.Name} holds {held} {what}; {limit} is the limit.");
        }
    }
}
