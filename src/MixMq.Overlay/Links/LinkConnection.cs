namespace MixMq.Overlay.Links;

/// <summary>One connection that is there: first its handshake, then its HELLOs.</summary>
internal sealed class LinkConnection(ConnectionId id, LinkHandshake handshake, bool dialled, TokenBucket packets)
{
    public ConnectionId Id => id;

    public bool Dialled => dialled;

    public TokenBucket Packets => packets;

    /// <summary>Null once established.</summary>
    public LinkHandshake? Handshake { get; set; } = handshake;

    /// <summary>The authenticated peer; null before.</summary>
    public PeerLink? Peer { get; set; }

    /// <summary>Null before it is established.</summary>
    public HelloMonitor? Hello { get; set; }

    /// <summary>When it is given up in its present stage: handshake, first answers, or after a goodbye.</summary>
    public long Deadline { get; set; }

    /// <summary>The initiator speaks first: until its HELLO the acceptor can't know that its LINK-AUTH was found good.</summary>
    public bool MaySpeak { get; set; }

    /// <summary>The peer said goodbye: what is still under way from it is taken, nothing is sent.</summary>
    public bool Lingers { get; set; }

    /// <summary>It carries the link, or did.</summary>
    public bool HasCarried { get; set; }

    /// <summary>When the link is to be moved from it to a new one; <see cref="Moment.Never"/>: not by this node.</summary>
    public long RenewMicros { get; set; } = Moment.Never;

    /// <summary>Another one carries the link, and the peer knows: since when; null otherwise.</summary>
    public long? ReplacedMicros { get; set; }

    /// <summary>When it last brought a packet.</summary>
    public long LastPacketMicros { get; set; }

    /// <summary>Which of the operator's trust settings let it in.</summary>
    public long TrustVersion { get; init; }

    /// <summary>When it is closed because a newer trust setting is in force; <see cref="Moment.Never"/>: the one that let it in is.</summary>
    public long OutdatedMicros { get; set; } = Moment.Never;

    /// <summary>The last topology cell wasn't taken, and its message goes on: the rest of that isn't taken either.</summary>
    public bool SkipsMessage { get; set; }

    /// <summary>The leading end's number for its choice of this connection; see <see cref="LinkCore"/>.</summary>
    public ulong Choice { get; set; }

    /// <summary>Its place among the <see cref="LinkDeadlines"/>.</summary>
    public int Place { get; set; }

    public RequestId? Pending { get; set; }

    /// <summary>The message that is being handed over to the peer; null: none is begun.</summary>
    public HandoverKind? HandingOver { get; set; }

    /// <summary>How much of it went out.</summary>
    public int HandedBytes { get; set; }

    /// <summary>Kinds that went out whole, a bit each.</summary>
    public int HandedOut { get; set; }

    /// <summary>What the peer is handing over; null: nothing ever.</summary>
    public HandoverAssembly? Handover { get; set; }

    /// <summary>The peer handed a certificate over on it.</summary>
    public bool BroughtCertificate { get; set; }

    public bool CanCarry => Hello is { IsUp: true } && !Lingers;

    public long NextDeadline
    {
        get
        {
            if (Hello is null || Lingers)
            {
                return Deadline;
            }

            var hello = Math.Min(MaySpeak ? Hello.NextMicros : Moment.Never, OutdatedMicros);
            return HasCarried && ReplacedMicros is null ? hello : Math.Min(hello, Deadline);
        }
    }
}
