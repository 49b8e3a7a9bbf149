namespace MixMq.Simulation.Anonymity;

/// <summary>Where simulated senders take paths and delays from.</summary>
public interface IPacketRoutes
{
    /// <param name="from">The sender's node.</param>
    /// <param name="to">The recipient's node.</param>
    /// <param name="sinceStartMillis">When the packet leaves, since the run began.</param>
    /// <param name="hops">Cleared, then filled, the recipient last.</param>
    /// <returns>False: there is no path.</returns>
    bool TryRoute(int from, int to, long sinceStartMillis, List<PacketHop> hops);
}
