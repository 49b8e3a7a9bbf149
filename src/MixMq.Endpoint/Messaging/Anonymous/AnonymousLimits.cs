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

    /// <summary>Received messages that are known without asking the store; those received or asked about last.</summary>
    public const int MaxKept = 4_096;

    /// <summary>Messages of which the store is being asked whether they were received; beyond, their frames are dropped.</summary>
    public const int MaxLookups = 1_024;

    /// <summary>Ids of withdrawn messages that are remembered; beyond, withdrawals wait.</summary>
    public const int MaxWithdrawn = 65_536;

    /// <summary>Messages being gathered; beyond, further ones are refused for now.</summary>
    public const int MaxPartials = 256;

    /// <summary>A partial of which nothing has come for so long is dropped, milliseconds.</summary>
    public const long PartialIdleMillis = 10 * 60_000;

    /// <summary>How long an answer waits for what else comes, milliseconds.</summary>
    public const int AnswerGatherMs = 20;

    /// <summary>What is added to the first timeout for links and machines, milliseconds.</summary>
    public const int TimeoutSlackMs = 300;

    /// <summary>Withdrawals of expired messages leave within this time, each at a moment of its own, milliseconds: they expire at full hours, and together they would tell what is one sender's, and its clock.</summary>
    public const int WithdrawalSpreadMs = 60_000;

    /// <summary>How often a recipient may lose what it gathered of a message; beyond, it gets no more of it.</summary>
    public const int MaxGatherings = 64;

    /// <summary>The first wait after a refusal, milliseconds; each further one doubles it.</summary>
    public const int FirstHoldMs = 1_000;

    /// <summary>Questions that wait for a reply, and replies that aren't consumed; beyond, messages that want one are refused.</summary>
    public const int MaxQuestions = 1_024;

    /// <summary>SURBs that a recipient is given while it has no reply.</summary>
    public const int StandingSurbs = 3;

    /// <summary>SURBs for one reply under way at once while it comes in.</summary>
    public const int SupplyWindow = 24;

    /// <summary>SURBs given for each fragment of a reply at most, on average, before it is given up for now.</summary>
    public const int SurbsForFragment = 8;

    /// <summary>Mean time between two supplies while there is no reply, milliseconds; sooner where SURBs expire.</summary>
    public const int SupplyEveryMs = 10 * 60_000;

    /// <summary>After SURBs have expired new ones leave within this time, each question's at a moment of its own, milliseconds: keys end at the same time for all.</summary>
    public const int SupplySpreadMs = 60_000;

    /// <summary>Replies being put together, in memory, bytes; beyond, no further one begins for now.</summary>
    public const long MaxGatheredReplyBytes = 64L << 20;

    /// <summary>A reply whose fragments have no room waits so long, milliseconds.</summary>
    public const int ReplyHoldMs = 60_000;

    /// <summary>Replies that are being sent; beyond, further ones are refused.</summary>
    public const int MaxReplies = 1_024;

    /// <summary>Their contents, which are kept in memory, bytes.</summary>
    public const long MaxReplyBytesHeld = 64L << 20;

    /// <summary>Questions for which a recipient holds SURBs; beyond, supplies for others are dropped.</summary>
    public const int MaxAskers = 4_096;

    /// <summary>A question for which nothing was supplied for so long is forgotten with its SURBs, milliseconds; what is in the store stays.</summary>
    public const long AskerSilentMs = 30 * 60_000;

    /// <summary>SURBs held for one reply; the newest.</summary>
    public const int MaxReplySurbs = 32;

    /// <summary>SURBs held for all replies; beyond, one for each.</summary>
    public const int MaxAllReplySurbs = 16_384;
}
