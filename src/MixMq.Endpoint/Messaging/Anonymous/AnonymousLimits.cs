namespace MixMq.Endpoint.Messaging.Anonymous;

/// <summary>Bounds of anonymous sending and receiving that the other end needn't know.</summary>
internal static class AnonymousLimits
{
    /// <summary>Fragments of one message, and so SURBs, under way at once.</summary>
    public const int Window = 16;

    /// <summary>Messages of this node's that aren't settled; beyond, submissions are refused.</summary>
    public const int MaxUnsettled = 1024;

    /// <summary>Their contents, which are kept in memory, bytes.</summary>
    public const long MaxUnsettledBytes = 64L << 20;

    /// <summary>SURBs that are kept for the next answers about one message; the newest.</summary>
    public const int MaxHeldSurbs = 4;

    /// <summary>Ids of received messages that are remembered; beyond, messages are refused for now rather than taken twice later.</summary>
    public const int MaxRemembered = 262_144;

    /// <summary>Ids of withdrawn messages that are remembered; beyond, withdrawals wait.</summary>
    public const int MaxWithdrawn = 65_536;

    /// <summary>Messages being gathered; beyond, further ones are refused for now.</summary>
    public const int MaxPartials = 256;

    /// <summary>A partial of which nothing has come for so long is dropped, milliseconds.</summary>
    public const long PartialIdleMillis = 10 * 60_000;

    /// <summary>How long an answer waits for what else comes, milliseconds.</summary>
    public const int AnswerGatherMs = 20;

    /// <summary>How long a sender waits before it looks for a path again, milliseconds.</summary>
    public const int RouteRetryMs = 1_000;

    /// <summary>What is added to the first timeout for links and machines, milliseconds.</summary>
    public const int TimeoutSlackMs = 300;

    /// <summary>Withdrawals of expired messages leave within this time, each at a moment of its own, milliseconds: they expire at full hours, and together they would tell what is one sender's, and its clock.</summary>
    public const int WithdrawalSpreadMs = 60_000;

    /// <summary>How often a recipient may lose what it gathered of a message; beyond, it gets no more of it.</summary>
    public const int MaxGatherings = 64;

    /// <summary>The first wait after a refusal, milliseconds; each further one doubles it.</summary>
    public const int FirstHoldMs = 1_000;
}
