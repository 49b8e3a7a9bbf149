using MixMq.Crypto;
using MixMq.Simulation.Anonymity;

namespace MixMq.Simulation.Tests.Anonymity;

/// <summary>Each relay any but the one before, whatever came before that: the form of paths tells nothing, so the observer's reckoning is exact.</summary>
internal sealed class MarkovRoutes(int relays, int mixes, double meanDelayMs, IRandomSource random) : IPacketRoutes
{
    public bool TryRoute(int from, int to, long sinceStartMillis, List<PacketHop> hops)
    {
        hops.Clear();
        var node = random.NextInt32(relays);
        for (var mix = 0; mix < mixes; mix++)
        {
            hops.Add(new(node, (uint)Math.Round(random.NextExponential(meanDelayMs))));
            var step = random.NextInt32(relays - 1);
            node = step + (step >= node ? 1 : 0);
        }

        hops.Add(new(to, 0));
        return true;
    }
}
