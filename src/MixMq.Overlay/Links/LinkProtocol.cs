namespace MixMq.Overlay.Links;

/// <summary>What both ends of a link must agree on (spec/04-links.md). Local tuning is in <see cref="LinkTuning"/>.</summary>
public static class LinkProtocol
{
    /// <summary>The lowest link protocol version spoken here.</summary>
    public const byte MinimumVersion = 1;

    /// <summary>The highest link protocol version spoken here.</summary>
    public const byte MaximumVersion = 1;

    /// <summary>Bytes of the nonce in a LINK-OPEN.</summary>
    public const int NonceBytes = 32;

    /// <summary>How long a handshake may take, from the connection being up: 10 s.</summary>
    public const long HandshakeMicros = 10 * Moment.MicrosPerSecond;

    /// <summary>Time between HELLOs on a link that is up, before jitter: 1 s.</summary>
    public const long HelloMicros = Moment.MicrosPerSecond;

    /// <summary>Time between HELLOs until both ends have put the link on the connection, before jitter: 200 ms.</summary>
    public const long HelloMicrosBeforeUp = 200_000;

    /// <summary>A HELLO comes up to this part earlier or later than its interval says: 10 %.</summary>
    public const double HelloJitter = 0.1;

    /// <summary>HELLOs answered before a link is up.</summary>
    public const int AnswersForUp = 2;

    /// <summary>HELLOs missed in a row before a link is suspect.</summary>
    public const int MissedForSuspect = 2;

    /// <summary>HELLOs missed in a row before a link is down.</summary>
    public const int MissedForDown = 4;

    /// <summary>The longest certificate that is handed over, with its key: 64 KiB.</summary>
    public const int HandedCertificateBytes = 64 * 1024;

    /// <summary>The longest revocation lists that are handed over, together: 4 MiB.</summary>
    public const int HandedListsBytes = 4 * 1024 * 1024;

    /// <summary>First part of what LINK-AUTH signs.</summary>
    public static ReadOnlySpan<byte> AuthLabel => "MixMq-link-auth-v1"u8;
}
