namespace MixMq.Overlay.Links;

/// <summary>What can be shown of a link: plain data, names no address but the configured name.</summary>
public sealed record LinkSnapshot
{
    /// <summary>The peer's configured name.</summary>
    public required string Peer { get; init; }

    /// <summary>The peer's address, for programs that show it to the owner.</summary>
    public required MixMq.Sphinx.NodeAddress Address { get; init; }

    /// <summary>The state.</summary>
    public required LinkStatus Status { get; init; }

    /// <summary>Whether the own record lists it (a link that flaps is listed only after it has been up for a while).</summary>
    public required bool Announced { get; init; }

    /// <summary>The connection that carries it; null unless up.</summary>
    public ConnectionId? Connection { get; init; }

    /// <summary>Smoothed round trip in microseconds; null before the first answer.</summary>
    public long? RoundTripMicros { get; init; }

    /// <summary>Since when (<see cref="Moment.Micros"/>) it is in this state.</summary>
    public required long SinceMicros { get; init; }

    /// <summary>The peer's epoch as its last HELLO said; null before the first. More than one from the own epoch means a clock is wrong.</summary>
    public uint? PeerEpoch { get; init; }

    /// <summary>Why the last connection was turned away, if none has come up since.</summary>
    public LinkRefusal? LastRefusal { get; init; }

    /// <summary>Why it went down last, if it isn't up.</summary>
    public LinkCloseReason? LastClose { get; init; }

    /// <summary>Packets taken in from it since the core was made.</summary>
    public required long PacketsIn { get; init; }

    /// <summary>Packets handed to it since the core was made.</summary>
    public required long PacketsOut { get; init; }

    /// <summary>How often it went down without a goodbye, less what was forgiven.</summary>
    public required int Flaps { get; init; }
}
