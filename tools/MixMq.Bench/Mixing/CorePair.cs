using System.Diagnostics;
using MixMq.Bench.Processes;
using MixMq.Crypto;
using MixMq.Overlay;
using MixMq.Overlay.Links;
using MixMq.Sphinx;

namespace MixMq.Bench.Mixing;

/// <summary>Two shipping cores in one process, linked in memory: the relay that is measured, and its neighbour.</summary>
internal sealed class CorePair : IDisposable
{
    private readonly Queue<Action<Moment>> _inputs = new();
    private readonly long _origin = Stopwatch.GetTimestamp();
    private readonly CoreNode _neighbour;
    private readonly Func<Moment>? _clock;

    /// <summary>Makes both; the link comes up with <see cref="LinkUp"/>.</summary>
    /// <param name="network">Their network.</param>
    /// <param name="delayQueueLimit">Packets that the relay holds at most.</param>
    /// <param name="released">Takes the packets that the relay releases.</param>
    /// <param name="clock">Their time; null: the real one.</param>
    public CorePair(NetworkParameters network, int delayQueueLimit, Action<PacketBuffer> released, Func<Moment>? clock = null)
    {
        _clock = clock;
        Relay = new CoreNode(network, _inputs, released);
        _neighbour = new CoreNode(network, _inputs, packet => packet.Return());
        Relay.Connect(_neighbour, dials: true, delayQueueLimit);
        _neighbour.Connect(Relay, dials: false, delayQueueLimit: 16);
        Relay.Start(Now());
        _neighbour.Start(Now());
    }

    public CoreNode Relay { get; }

    public NodeAddress Neighbour => _neighbour.Address;

    public Moment Now() => _clock?.Invoke() ?? new Moment(
        Stopwatch.GetElapsedTime(_origin).Ticks / TimeSpan.TicksPerMicrosecond, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());

    /// <summary>Carries what the two have to say to each other, until neither has anything; no packet is released by it.</summary>
    public void Pump()
    {
        Advance(_neighbour, Now());
        while (_inputs.TryDequeue(out var input))
            input(Now());
    }

    /// <summary>Runs until the link is up at both ends.</summary>
    /// <param name="wait">Lets a millisecond pass; null: sleeps.</param>
    public void LinkUp(Action? wait = null)
    {
        var patience = Stopwatch.GetTimestamp();
        while (!Relay.IsUp || !_neighbour.IsUp)
        {
            if (Stopwatch.GetElapsedTime(patience).TotalSeconds > 20)
                throw new BenchException("The link between the two cores didn't come up.");
            Advance(Relay, Now());
            Pump();
            if (wait is null)
                Nap.Micros(1_000);
            else
                wait();
        }
    }

    public void Dispose()
    {
        Relay.Stop(Now());
        _neighbour.Stop(Now());
        Relay.Dispose();
        _neighbour.Dispose();
    }

    private static void Advance(CoreNode node, Moment now)
    {
        if (node.NextDeadline <= now.Micros)
            node.Advance(now);
    }
}
