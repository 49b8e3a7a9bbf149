namespace MixMq.Overlay.Tests.Topology;

/// <summary>Who is in the tests of gossip: two neighbours, and one that they tell of.</summary>
internal static class GossipCast
{
    public static readonly TestIdentity Near = new(1);
    public static readonly TestIdentity Second = new(2);
    public static readonly TestIdentity Far = new(3);

    public static long NowMillis => ScriptedPeer.StartUnixMillis + 1000;

    /// <summary>A node that has a link with the first neighbour.</summary>
    public static ScriptedPeer Connected(int recordLimit = 4096)
    {
        var peer = new ScriptedPeer(recordLimit);
        peer.Connect(Near.Address);
        return peer;
    }
}
