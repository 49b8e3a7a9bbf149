using MixMq.Endpoint.Pings;
using MixMq.Simulation.Observation;
using MixMq.Sphinx;

namespace MixMq.Simulation.Nodes;

/// <content>Somebody who asks whether other endpoints answer.</content>
public sealed partial class SimEndpoint
{
    /// <summary>How pings ended, over all processes of the node; of one whose process ended first nothing is there.</summary>
    public Dictionary<long, PingOutcome> Pings { get; } = [];

    /// <summary>Pings that have left, over all processes of the node, and relays on their way.</summary>
    public Dictionary<long, int> PingsOnTheirWay { get; } = [];

    /// <summary>Asks whether an endpoint answers; if the node doesn't run, nobody hears it.</summary>
    /// <returns>The token under which the end will be in <see cref="Pings"/>.</returns>
    public long Ping(SimNode to, int timeoutMillis = PingLimits.DefaultTimeoutMs) => Ping(to.Address, timeoutMillis);

    /// <summary>The same, of an address.</summary>
    public long Ping(NodeAddress to, int timeoutMillis)
    {
        var token = Node.World.NextToken();
        Call((core, now, port) => core.HandlePing(new PingRequest(token, to, timeoutMillis), now, ref port));
        return token;
    }

    /// <summary>Nobody waits for a ping any more.</summary>
    public void ForgetPing(long token) => Call((core, now, port) => core.HandlePingGone(token, now, ref port));

    internal void OnPingSent(long token, int relays) => PingsOnTheirWay.Add(token, relays);

    internal void OnPing(long token, in PingOutcome outcome)
    {
        // A second end would throw.
        Pings.Add(token, outcome);
        Node.World.Marks.Hit(outcome.Result == PingResult.Answered ? Mark.PingAnswered : Mark.PingNotAnswered);
    }
}
