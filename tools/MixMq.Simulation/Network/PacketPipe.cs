using System.Buffers.Binary;
using MixMq.Crypto;
using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Anonymous;
using MixMq.Simulation.Nodes;
using MixMq.Sphinx;
using MixMq.Sphinx.Sending;

namespace MixMq.Simulation.Network;

/// <summary>
/// An overlay in one step, for endpoints that are looked at without one: packets between them are lost, doubled, delayed and so reordered, by a
/// seed.
/// </summary>
public sealed class PacketPipe(World world, IRandomSource random)
{
    private readonly Dictionary<NodeAddress, SimEndpoint> _endpoints = [];
    private readonly Dictionary<long, (SimEndpoint Maker, long Incarnation, MessageId About)> _surbs = [];
    private long _lastSurb;

    /// <summary>Probability that a packet is lost.</summary>
    public double Loss { get; set; }

    /// <summary>Probability that a packet that arrives arrives twice.</summary>
    public double Doubling { get; set; }

    /// <summary>Relays that hold a packet, each for an exponential time.</summary>
    public int Relays { get; set; } = 4;

    /// <summary>Mean of one relay's delay, milliseconds.</summary>
    public double MeanDelayMs { get; set; } = 50;

    /// <summary>Decides about single packets: false loses one. From, to, message.</summary>
    public Func<NodeAddress, NodeAddress, byte[], bool> Passes { get; set; } = (_, _, _) => true;

    /// <summary>Sees every packet that is sent. From, to, message.</summary>
    public Action<NodeAddress, NodeAddress, byte[]> Watch { get; set; } = (_, _, _) => { };

    public long Sent { get; private set; }

    /// <summary>From now on the endpoint sends through this pipe and not through its overlay, and has what is sent to its present address alone.</summary>
    public void Attach(SimEndpoint endpoint)
    {
        foreach (var former in endpoint.Node.FormerAddresses)
        {
            _ = _endpoints.Remove(former);
        }

        _endpoints.Add(endpoint.Node.Address, endpoint);
        endpoint.Pipe = this;
    }

    /// <summary>Probability that a reply to a SURB is lost; null: as other packets.</summary>
    public double? ReplyLoss { get; set; }

    /// <summary>Replies to SURBs that were sent.</summary>
    public long Replies { get; private set; }

    /// <summary>Replies that came from a SURB that was used before, or from none: nobody gets these.</summary>
    public long UselessReplies { get; private set; }

    /// <summary>Sees every reply that is sent. From, message.</summary>
    public Action<NodeAddress, byte[]> WatchReply { get; set; } = (_, _) => { };

    /// <summary>A SURB here is a number that the pipe knows, and its expiry; who has it learns nothing from it.</summary>
    internal void SendAnonymous(SimEndpoint from, NodeAddress to, byte[] message, ReadOnlySpan<SurbOrder> surbs, MessageId about)
    {
        var bytes = Surb.WireBytes(from.Node.Parameters.Definition.Geometry);
        foreach (var order in surbs)
        {
            _surbs.Add(++_lastSurb, (from, from.Node.Incarnation, about));
            var surb = message.AsSpan(order.Offset, bytes);
            BinaryPrimitives.WriteInt64LittleEndian(surb, _lastSurb);
            BinaryPrimitives.WriteUInt32LittleEndian(surb[^sizeof(uint)..], order.ExpiryUnixSeconds);
        }

        Send(from.Node.Address, to, message);
    }

    /// <summary>A reply of an endpoint to itself.</summary>
    internal void SendBySurb(SimEndpoint from, byte[] message, MessageId about)
    {
        Replies++;
        WatchReply(from.Node.Address, message);
        var incarnation = from.Node.Incarnation;
        if (random.NextDouble() >= (ReplyLoss ?? Loss))
        {
            world.Clock.After(Delay(), () => from.ReceiveReply(incarnation, about, message));
        }
    }

    internal void UseSurb(SimEndpoint from, ReadOnlySpan<byte> surb, byte[] message)
    {
        Replies++;
        WatchReply(from.Node.Address, message);
        if (!_surbs.Remove(BinaryPrimitives.ReadInt64LittleEndian(surb), out var made))
        {
            UselessReplies++;
        }
        else if (random.NextDouble() >= (ReplyLoss ?? Loss) && Surb.ExpiryUnixSeconds(surb) > from.Node.Now.UnixMillis / 1000)
        {
            world.Clock.After(Delay(), () => made.Maker.ReceiveReply(made.Incarnation, made.About, message));
        }
    }

    internal void Send(NodeAddress from, NodeAddress to, byte[] message)
    {
        Sent++;
        Watch(from, to, message);
        if (!Passes(from, to, message) || random.NextDouble() < Loss || !_endpoints.TryGetValue(to, out var recipient))
        {
            return;
        }

        for (var copies = random.NextDouble() < Doubling ? 2 : 1; copies > 0; copies--)
        {
            world.Clock.After(Delay(), () => recipient.Receive(message));
        }
    }

    private TimeSpan Delay()
    {
        var delay = 0.5;
        for (var relay = 0; relay < Relays; relay++)
        {
            delay += random.NextExponential(MeanDelayMs);
        }

        return TimeSpan.FromMilliseconds(delay);
    }
}
