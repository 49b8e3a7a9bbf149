namespace MixMq.Overlay.Links;

/// <summary>A node's own choices about its links, on which peers need not agree.</summary>
public static class LinkTuning
{
    /// <summary>The bound of the first retry's delay: 250 ms.</summary>
    public const long FirstBackoffMicros = 250_000;

    /// <summary>From here on retries are at the steady pace, and never sooner than this: 5 s.</summary>
    public const long SteadyBackoffMicros = 5 * Moment.MicrosPerSecond;

    /// <summary>The longest delay between retries: 30 s.</summary>
    public const long LongestBackoffMicros = 30 * Moment.MicrosPerSecond;

    /// <summary>A link that was up this long starts over with the first back-off: 10 s.</summary>
    public const long StableMicros = 10 * Moment.MicrosPerSecond;

    /// <summary>How long a link that flapped twice must be up before the own record lists it again; doubles with each further flap: 2 s.</summary>
    public const long FirstDampingMicros = 2 * Moment.MicrosPerSecond;

    /// <summary>The longest such time: 60 s.</summary>
    public const long LongestDampingMicros = 60 * Moment.MicrosPerSecond;

    /// <summary>Up for this long, a link is forgiven its flaps: 120 s.</summary>
    public const long ForgivenessMicros = 120 * Moment.MicrosPerSecond;

    /// <summary>How long what is under way from a peer is still read after its goodbye: 5 s.</summary>
    public const long LingerMicros = 5 * Moment.MicrosPerSecond;

    /// <summary>
    /// How long a connection that another one has replaced must have brought no packet before it is closed: 5 s. The peer's own may still wait in
    /// its queue when its HELLO on the new one is here already.
    /// </summary>
    public const long ReplacedQuietMicros = 5 * Moment.MicrosPerSecond;

    /// <summary>The longest that a replaced connection is kept, whatever it brings: 60 s.</summary>
    public const long ReplacedLongestMicros = 60 * Moment.MicrosPerSecond;

    /// <summary>When a link that could not be renewed is tried again: 60 s.</summary>
    public const long RenewalRetryMicros = 60 * Moment.MicrosPerSecond;

    /// <summary>
    /// How long a link stays on a connection that the operator's present trust setting hasn't judged: 90 s. Enough for the peer to be dialled twice.
    /// </summary>
    public const long OutdatedLongestMicros = 90 * Moment.MicrosPerSecond;

    /// <summary>A peer that asks for its link to be renewed is dialled for it no sooner than this after the last time: 5 s.</summary>
    public const long AskedRenewalMicros = 5 * Moment.MicrosPerSecond;

    /// <summary>A connection dialled is given up when the shell hasn't reported on it for this long: 60 s.</summary>
    public const long DialMicros = 60 * Moment.MicrosPerSecond;

    /// <summary>The most authenticated connections of one peer; the oldest that doesn't carry the link goes first.</summary>
    public const int ConnectionsPerPeer = 3;

    /// <summary>Handshakes of accepted connections under way at once.</summary>
    public const int AcceptedHandshakes = 64;

    /// <summary>Cells of what is handed over that follow one HELLO: some 50 KB a second, which leaves the queue to the rest.</summary>
    public const int HandoverCellsPerHello = 16;

    /// <summary>HELLOs waiting for a link's writer.</summary>
    public const int HelloQueueLimit = 4;

    /// <summary>Topology and control cells waiting for a link's writer.</summary>
    public const int ControlQueueLimit = 512;

    /// <summary>Packets waiting for a link's writer.</summary>
    public const int PacketQueueLimit = 4_096;

    /// <summary>Bytes of a link that may wait in the operating system before they are on their way to the peer, where no HELLO overtakes them: 128 KiB.</summary>
    public const int UnsentBytes = 128 * 1024;

    /// <summary>On a busy link one slot in so many is kept for topology and control.</summary>
    public const int ReservedSlotInterval = 16;
}
