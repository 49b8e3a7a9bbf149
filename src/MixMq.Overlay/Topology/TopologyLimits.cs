namespace MixMq.Overlay.Topology;

/// <summary>
/// Limits of the topology protocol. The first group must be the same in all nodes of a network (they decide which records and messages
/// are valid); the second is tuning.
/// </summary>
public static class TopologyLimits
{
    /// <summary>Longest record, bytes.</summary>
    public const int MaxRecordBytes = 16 * 1024;

    /// <summary>Longest gossip message before it is split into cells, bytes: a record of the greatest length and its frame fit.</summary>
    public const int MaxMessageBytes = 17 * 1024;

    /// <summary>Most mix keys in a record.</summary>
    public const int MaxMixKeys = 8;

    /// <summary>Most neighbours in a record.</summary>
    public const int MaxNeighbours = 256;

    /// <summary>Most published endpoints in a record.</summary>
    public const int MaxEndpoints = 8;

    /// <summary>Longest lifetime of a record, milliseconds: a day.</summary>
    public const long MaxLifetimeMillis = 24L * 3600 * 1000;

    /// <summary>Sequences are at most this, so that one more can always be computed.</summary>
    public const ulong MaxSequence = long.MaxValue;

    /// <summary>Most records asked for in one pull.</summary>
    public const int MaxPullItems = 64;

    /// <summary>Most entries in one announcement.</summary>
    public const int MaxAnnounceEntries = 128;

    /// <summary>Time in which an origin earns one more record, microseconds; the sender paces itself by it and the receivers hold it to it.</summary>
    public const long OriginIntervalMicros = 5_000_000;

    /// <summary>Records an origin may issue at once.</summary>
    public const int OriginBurst = 2;

    /// <summary>How long a pull may go unanswered, microseconds.</summary>
    internal const long PullTimeoutMicros = 3_000_000;

    /// <summary>How long a neighbour that left a pull unanswered isn't asked again, microseconds.</summary>
    internal const long PullPenaltyMicros = 5_000_000;

    /// <summary>What a neighbour may have announced and we not yet fetched.</summary>
    internal const int MaxWanted = 2048;

    /// <summary>Pulls of a neighbour that are answered at once, and then per second.</summary>
    internal const int PullBurst = 256;

    /// <summary>Time in which a neighbour earns one more answered pull, microseconds.</summary>
    internal const long PullIntervalMicros = 50_000;

    /// <summary>Records asked of a neighbour at once, and then one in <see cref="RecordIntervalMicros"/>.</summary>
    internal const int RecordBurst = 2048;

    /// <summary>
    /// Time in which one more record may be asked of a neighbour, microseconds. To verify a record and its keys takes about a millisecond, so
    /// this is also what share of a crypto worker a neighbour with endless made-up records can take.
    /// </summary>
    internal const long RecordIntervalMicros = 10_000;

    /// <summary>One key more than records have: for as many, a record counts as one more that was asked for, since each key is verified.</summary>
    internal const int UsualMixKeys = 4;

    /// <summary>How long accepted records are gathered before they are announced and the view is rebuilt, microseconds.</summary>
    internal const long GatherMicros = 10_000;

    /// <summary>After an announcement the next one waits for this long, microseconds.</summary>
    internal const long AnnounceIntervalMicros = 100_000;

    /// <summary>Origins of which a neighbour is told at once; the others follow <see cref="GatherMicros"/> later.</summary>
    internal const int MaxToldAtOnce = 256;

    /// <summary>Bytes of salt in a question.</summary>
    internal const int SaltBytes = 16;

    /// <summary>Questions of a neighbour that are answered at once, and then one in <see cref="QuestionIntervalMicros"/>.</summary>
    internal const int QuestionBurst = 64;

    /// <summary>Time in which a neighbour earns one more answered question, microseconds.</summary>
    internal const long QuestionIntervalMicros = 250_000;

    /// <summary>Origins told of because of one page of a comparison; what is beyond is left to the next comparison.</summary>
    internal const int MaxTold = 1024;

    /// <summary>Differing digests in a row before databases are compared.</summary>
    internal const int DigestMismatches = 3;

    /// <summary>First pause between comparisons with one neighbour, microseconds, a quarter more or less; doubles until digests agree.</summary>
    internal const long ComparisonMicros = 3_000_000;

    /// <summary>Greatest pause between comparisons with one neighbour, microseconds, a quarter more or less.</summary>
    internal const long MaxComparisonMicros = 60_000_000;

    /// <summary>How long link-ups are gathered after the latest of them, microseconds.</summary>
    internal const long LinkUpQuietMicros = 400_000;

    /// <summary>How long link-ups are gathered after the first of them, microseconds.</summary>
    internal const long LinkUpLongestMicros = 1_500_000;

    /// <summary>How long link-downs are gathered, microseconds.</summary>
    internal const long LinkDownMicros = 30_000;
}
