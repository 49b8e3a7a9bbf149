using MixMq.Crypto;
using MixMq.Simulation.Nodes;
using MixMq.Sphinx;

namespace MixMq.Simulation.Network;

/// <summary>
/// An overlay in one step, for endpoints that are looked at without one: packets between them are lost, doubled, delayed and so reordered, by a
/// seed.
/// </summary>
public sealed class PacketPipe(World world, IRandomSource random)
{
    private readonly Dictionary<NodeAddress, SimEndpoint> _endpoints = [];

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

    /// <summary>From now on the endpoint sends through this pipe and not through its overlay.</summary>
    public void Attach(SimEndpoint endpoint)
    {
        _endpoints.Add(endpoint.Node.Address, endpoint);
        endpoint.Pipe = this;
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
            var delay = 0.5;
            for (var relay = 0; relay < Relays; relay++)
            {
                delay += random.NextExponential(MeanDelayMs);
            }

            world.Clock.After(TimeSpan.FromMilliseconds(delay), () => recipient.Receive(message));
        }
    }
}
