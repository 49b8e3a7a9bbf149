using MixMq.Crypto;
using MixMq.Endpoint.Messaging.Wire;
using MixMq.Simulation;
using MixMq.Sphinx;
using MixMq.Simulation.Time;

namespace MixMq.Endpoint.Tests.Views;

/// <summary>Endpoints that send each other packets over an overlay in one step, by a seed.</summary>
internal sealed class TalkNet(long seed)
{
    private readonly Dictionary<NodeAddress, TalkEndpoint> _endpoints = [];

    public SimClock Clock { get; } = new();

    public SeededRandomSource Random { get; } = new(seed);

    public double Loss { get; set; }

    /// <summary>False loses the packet. From, to, message.</summary>
    public Func<NodeAddress, NodeAddress, byte[], bool> Passes { get; set; } = static (_, _, _) => true;

    /// <summary>Packets sent.</summary>
    public int Sent { get; private set; }

    public TalkEndpoint Add(int origin, long skewMillis = 0, Func<EndpointOptions, EndpointOptions>? configure = null)
    {
        var endpoint = new TalkEndpoint(this, RecordBook.Address(origin), skewMillis, configure);
        _endpoints.Add(endpoint.Address, endpoint);
        return endpoint;
    }

    public void Send(NodeAddress from, NodeAddress to, byte[] message)
    {
        Sent++;
        if (!Passes(from, to, message) || Random.NextDouble() < Loss || !_endpoints.TryGetValue(to, out var recipient))
        {
            return;
        }

        var delay = 1 + Random.NextExponential(50) + Random.NextExponential(50) + Random.NextExponential(50) + Random.NextExponential(50);
        After(delay, () => recipient.Receive(message));
    }

    public void After(double millis, Action action) => Clock.After(TimeSpan.FromMilliseconds(millis), action);

    public void RunFor(double seconds) => Clock.RunFor(TimeSpan.FromSeconds(seconds));

    public bool RunUntil(Func<bool> condition, double seconds) => Clock.RunUntil(condition, TimeSpan.FromSeconds(seconds));

    /// <summary>Two endpoints write to each other every half minute or so, from soon on.</summary>
    public void Talk(TalkEndpoint one, TalkEndpoint other)
    {
        Write(one, other);
        Write(other, one);
        After(20_000 + (20_000 * Random.NextDouble()), () => Talk(one, other));

        static void Write(TalkEndpoint from, TalkEndpoint to) => from.Submit(to.Address, "c", 100);
    }

    /// <summary>The types of a message's frames.</summary>
    public static List<FrameType> FrameTypes(byte[] message)
    {
        var types = new List<FrameType>();
        ReadOnlySpan<byte> rest = message;
        while (Frame.TryTake(ref rest, out var type, out _))
        {
            types.Add(type);
        }

        return types;
    }
}
