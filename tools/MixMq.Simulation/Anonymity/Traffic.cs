using MixMq.Crypto;
using MixMq.Overlay;

namespace MixMq.Simulation.Anonymity;

/// <summary>All packets of a run, by the time at which they leave: senders at constant Poisson rate, each packet to a node drawn afresh.</summary>
public sealed class Traffic
{
    private readonly int[] _senders;
    private readonly long[] _emitted;
    private readonly PacketHop[][] _hops;

    private Traffic(int[] senders, long[] emitted, PacketHop[][] hops, long unrouted, int senderCount)
    {
        (_senders, _emitted, _hops) = (senders, emitted, hops);
        (Unrouted, SenderCount) = (unrouted, senderCount);
    }

    public int Count => _senders.Length;

    public int SenderCount { get; }

    /// <summary>Packets that weren't sent because no path joins the two nodes.</summary>
    public long Unrouted { get; }

    /// <param name="sites">The nodes at which senders are, one after the other in turn; each also receives.</param>
    /// <param name="senders">How many senders.</param>
    /// <param name="ratePerSecond">Packets of each sender a second.</param>
    /// <param name="durationMicros">How long they send.</param>
    /// <param name="routes">Gives paths and delays.</param>
    /// <param name="random">For times and recipients.</param>
    public static Traffic Draw(
        IReadOnlyList<int> sites, int senders, double ratePerSecond, long durationMicros, IPacketRoutes routes, IRandomSource random)
    {
        ArgumentNullException.ThrowIfNull(sites);
        ArgumentNullException.ThrowIfNull(routes);
        ArgumentOutOfRangeException.ThrowIfLessThan(sites.Count, 2, nameof(sites));
        var (who, when, paths) = (new List<int>(), new List<long>(), new List<PacketHop[]>());
        var hops = new List<PacketHop>();
        var unrouted = 0L;
        for (var site = 0; site < Math.Min(sites.Count, senders); site++)
        {
            for (var sender = site; sender < senders; sender += sites.Count)
            {
                var time = random.NextExponential(Moment.MicrosPerSecond / ratePerSecond);
                for (; time < durationMicros; time += random.NextExponential(Moment.MicrosPerSecond / ratePerSecond))
                {
                    var other = random.NextInt32(sites.Count - 1);
                    var recipient = sites[other + (other >= site ? 1 : 0)];
                    if (!routes.TryRoute(sites[site], recipient, (long)time / Moment.MicrosPerMilli, hops))
                    {
                        unrouted++;
                        continue;
                    }

                    who.Add(sender);
                    when.Add((long)time);
                    paths.Add([.. hops]);
                }
            }
        }

        return InOrder(who, when, paths, unrouted, senders);
    }

    /// <summary>Packets as they are given, for tests of the measure.</summary>
    public static Traffic Of(int senders, params IReadOnlyList<(int Sender, long EmittedMicros, PacketHop[] Hops)> packets)
    {
        ArgumentNullException.ThrowIfNull(packets);
        return InOrder(
            [.. packets.Select(packet => packet.Sender)],
            [.. packets.Select(packet => packet.EmittedMicros)],
            [.. packets.Select(packet => packet.Hops)],
            0,
            senders);
    }

    public int SenderOf(int packet) => _senders[packet];

    public long EmittedMicros(int packet) => _emitted[packet];

    public ReadOnlySpan<PacketHop> HopsOf(int packet) => _hops[packet];

    /// <summary>Relays that hold the packet: all hops but the last, which delivers.</summary>
    public int MixesOf(int packet) => _hops[packet].Length - 1;

    private static Traffic InOrder(List<int> who, List<long> when, List<PacketHop[]> paths, long unrouted, int senders)
    {
        var order = Enumerable.Range(0, who.Count).OrderBy(packet => when[packet]).ToArray();
        return new(
            [.. order.Select(packet => who[packet])],
            [.. order.Select(packet => when[packet])],
            [.. order.Select(packet => paths[packet])],
            unrouted,
            senders);
    }
}
