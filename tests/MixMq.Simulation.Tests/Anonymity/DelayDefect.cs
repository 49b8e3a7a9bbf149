using MixMq.Simulation.Anonymity;

namespace MixMq.Simulation.Tests.Anonymity;

/// <summary>A sender that has its delays changed: a planted defect.</summary>
internal sealed class DelayDefect(IPacketRoutes shipping, Func<uint, uint> change) : IPacketRoutes
{
    public bool TryRoute(int from, int to, long sinceStartMillis, List<PacketHop> hops)
    {
        var found = shipping.TryRoute(from, to, sinceStartMillis, hops);
        for (var hop = 0; hop < hops.Count - 1; hop++)
        {
            hops[hop] = hops[hop] with { DelayMs = change(hops[hop].DelayMs) };
        }

        return found;
    }
}
