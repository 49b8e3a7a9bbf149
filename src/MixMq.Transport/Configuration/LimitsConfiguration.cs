namespace MixMq.Transport.Configuration;

/// <summary>Limits of a node, section <c>limits</c>. All are upper bounds on memory or work that peers can cause.</summary>
public sealed record LimitsConfiguration
{
    /// <summary>A shorter lifetime would have connections replaced while those before them are still being emptied.</summary>
    private const int ShortestLifetimeSeconds = 60;

    /// <summary>Packets a second that one link may bring.</summary>
    public int LinkPacketsPerSecond { get; init; } = 5_000;

    /// <summary>Packets that one link may bring at once.</summary>
    public int LinkPacketBurst { get; init; } = 10_000;

    /// <summary>Packets a second that all links together may bring; also sets the size of the replay filters.</summary>
    public int NodePacketsPerSecond { get; init; } = 5_000;

    /// <summary>Packets that all links together may bring at once.</summary>
    public int NodePacketBurst { get; init; } = 10_000;

    /// <summary>
    /// Packets held for their delay; each holds one of <see cref="PacketBuffers"/>, of which there must be some more. A million of the default
    /// size take 3.3 GB.
    /// </summary>
    public int DelayQueue { get; init; } = 16_384;

    /// <summary>Packet buffers of the whole node; each is one cell (3,170 bytes with the default geometry).</summary>
    public int PacketBuffers { get; init; } = 24_576;

    /// <summary>Packets received that wait for the scheduler.</summary>
    public int InboundQueue { get; init; } = 4_096;

    /// <summary>Packets of one kind that wait for the crypto workers, those being unwrapped and not yet back with the core included; signatures apart.</summary>
    public int CryptoQueue { get; init; } = 4_096;

    /// <summary>Crypto worker threads.</summary>
    public int CryptoWorkers { get; init; } = Environment.ProcessorCount;

    /// <summary>Accepted connections that have not proved who they are yet.</summary>
    public int UnauthenticatedConnections { get; init; } = 64;

    /// <summary>Seconds for connecting and the TLS handshake.</summary>
    public int HandshakeSeconds { get; init; } = 10;

    /// <summary>Seconds that a stopping node may take to forward what is due and say goodbye.</summary>
    public int DrainSeconds { get; init; } = 5;

    /// <summary>
    /// Seconds that a link stays on one connection before it is moved to a new one, where this node dials the peer; drawn from the last fifth of
    /// it. 0: as long as it holds.
    /// </summary>
    public int LinkLifetimeSeconds { get; init; } = 86_400;

    internal static LimitsConfiguration Read(ConfigurationReader reader)
    {
        var standard = new LimitsConfiguration();
        var lifetime = reader.Integer("linkLifetimeSeconds", standard.LinkLifetimeSeconds, 0, 31_536_000);
        if (lifetime is > 0 and < ShortestLifetimeSeconds)
        {
            reader.Report("linkLifetimeSeconds", $"must be 0 or at least {ShortestLifetimeSeconds}");
        }

        return new LimitsConfiguration
        {
            LinkPacketsPerSecond = reader.Integer("linkPacketsPerSecond", standard.LinkPacketsPerSecond, 1, 1_000_000),
            LinkPacketBurst = reader.Integer("linkPacketBurst", standard.LinkPacketBurst, 1, 1_000_000),
            NodePacketsPerSecond = reader.Integer("nodePacketsPerSecond", standard.NodePacketsPerSecond, 1, 1_000_000),
            NodePacketBurst = reader.Integer("nodePacketBurst", standard.NodePacketBurst, 1, 1_000_000),
            DelayQueue = reader.Integer("delayQueue", standard.DelayQueue, 16, 1_000_000),
            PacketBuffers = reader.Integer("packetBuffers", standard.PacketBuffers, 256, 2_000_000),
            InboundQueue = reader.Integer("inboundQueue", standard.InboundQueue, 16, 1_000_000),
            CryptoQueue = reader.Integer("cryptoQueue", standard.CryptoQueue, 16, 1_000_000),
            CryptoWorkers = reader.Integer("cryptoWorkers", standard.CryptoWorkers, 1, 256),
            UnauthenticatedConnections = reader.Integer("unauthenticatedConnections", standard.UnauthenticatedConnections, 1, 10_000),
            HandshakeSeconds = reader.Integer("handshakeSeconds", standard.HandshakeSeconds, 1, 120),
            LinkLifetimeSeconds = lifetime,
            DrainSeconds = reader.Integer("drainSeconds", standard.DrainSeconds, 1, 300),
        };
    }
}
