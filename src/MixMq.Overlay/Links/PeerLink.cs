namespace MixMq.Overlay.Links;

/// <summary>What is known of the link to one configured peer, over all its connections.</summary>
internal sealed class PeerLink(PeerOptions options, int index)
{
    /// <summary>Of the same address at all times.</summary>
    public PeerOptions Options { get; set; } = options;

    public int Index => index;

    public DialBackoff Backoff { get; } = new();

    public FlapDamper Damper { get; } = new();

    /// <summary>The part of the node's packet rate that is this peer's alone; null: too small to be divided.</summary>
    public TokenBucket? OwnPackets { get; set; }

    /// <summary>Authenticated connections, oldest first, up or not.</summary>
    public List<LinkConnection> Established { get; } = [];

    /// <summary>The connection that carries the link; null: the link is down.</summary>
    public LinkConnection? Current { get; set; }

    public DialState Dial { get; set; }

    /// <summary>When to dial, or when to give a dial up.</summary>
    public long DialMicros { get; set; } = Moment.Never;

    /// <summary>When to dial for a connection to take over from <see cref="Current"/>.</summary>
    public long RenewMicros { get; set; } = Moment.Never;

    /// <summary>When it was last dialled for that; <see cref="long.MinValue"/> before.</summary>
    public long RenewedMicros { get; set; } = long.MinValue;

    /// <summary>Since when the link is up or down.</summary>
    public long SinceMicros { get; set; }

    /// <summary>The topology knows of the link.</summary>
    public bool Announced { get; set; }

    /// <summary>When it is to know.</summary>
    public long AnnounceMicros { get; set; } = Moment.Never;

    /// <summary>The greatest <see cref="LinkConnection.Choice"/> made here.</summary>
    public ulong LastChoice { get; set; }

    public LinkRefusal? LastRefusal { get; set; }

    public LinkCloseReason? LastClose { get; set; }

    /// <summary>What this node hands over to the peer, by kind.</summary>
    public HandoverMessage?[] Handovers { get; } = new HandoverMessage?[2];

    public long PacketsIn { get; set; }

    public long PacketsOut { get; set; }

    public long NextDeadline => Math.Min(Dial is DialState.Waiting or DialState.Dialling ? DialMicros : Moment.Never, Math.Min(AnnounceMicros, RenewMicros));

    public LinkStatus Status
    {
        get
        {
            if (Current is not null)
            {
                return Current.Hello!.IsSuspect ? LinkStatus.Suspect : LinkStatus.Up;
            }

            if (Established.Count > 0 || Dial == DialState.Connected)
            {
                return LinkStatus.Connecting;
            }

            return Dial == DialState.Dialling ? LinkStatus.Dialling : LinkStatus.Down;
        }
    }

    public LinkSnapshot Snapshot() => new()
    {
        Peer = Options.Name,
        Address = Options.Address,
        Status = Status,
        Announced = Announced,
        Connection = Current?.Id,
        RoundTripMicros = Current?.Hello!.RoundTripMicros,
        SinceMicros = SinceMicros,
        PeerEpoch = Current?.Hello!.PeerEpoch,
        LastRefusal = LastRefusal,
        LastClose = Current is null ? LastClose : null,
        PacketsIn = PacketsIn,
        PacketsOut = PacketsOut,
        Flaps = Damper.Flaps,
    };
}
