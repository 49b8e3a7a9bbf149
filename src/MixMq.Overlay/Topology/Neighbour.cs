using MixMq.Sphinx;

namespace MixMq.Overlay.Topology;

/// <summary>What is known of the gossip with one neighbour while its link is up. Everything in it is bounded.</summary>
internal sealed class Neighbour(NodeAddress address, int maxCellContent, long nowMicros)
{
    private IntervalBucket _pullAllowance = new(TopologyLimits.PullBurst, TopologyLimits.PullIntervalMicros, nowMicros);

    private IntervalBucket _recordAllowance = new(TopologyLimits.RecordBurst, TopologyLimits.RecordIntervalMicros, nowMicros);

    public NodeAddress Address { get; } = address;

    public FragmentAssembler Assembler { get; } = new(maxCellContent);

    /// <summary>Announced by it and not yet fetched from anyone; at most <see cref="TopologyLimits.MaxWanted"/>.</summary>
    public Dictionary<WantedKey, Announcement> Wanted { get; } = [];

    /// <summary>Origins of which it is to be told; at most as many as the database holds.</summary>
    public HashSet<NodeAddress> ToAnnounce { get; } = new(AddressComparer.Instance);

    /// <summary>The one outstanding pull, until it is answered and all of its records are verified.</summary>
    public Pull? Outstanding { get; set; }

    public uint LastPullId { get; set; }

    /// <summary>When to look for something to pull again; Never while nothing may be pulled.</summary>
    public long NextPull { get; set; } = Moment.Never;

    public long PenaltyUntil { get; set; } = long.MinValue;

    /// <summary>Whether the whole database is being announced, from <see cref="Cursor"/> on.</summary>
    public bool IsPaging { get; set; }

    public NodeAddress? Cursor { get; set; }

    public long NextPage { get; set; }

    public int Mismatches { get; set; }

    public long NextRepair { get; set; } = nowMicros + TopologyLimits.RepairMicros;

    public long RepairPause { get; set; } = TopologyLimits.RepairMicros;

    public bool TakeRecordAllowance(long now) => _recordAllowance.TryTake(now);

    /// <summary>When enough records may be asked for again to make a pull worth its while.</summary>
    public long WhenMayAsk => _recordAllowance.WhenHolds(16);

    public bool TakePullAllowance(long now) => _pullAllowance.TryTake(now);

    public long NextDeadline
    {
        get
        {
            var deadline = IsPaging ? NextPage : Moment.Never;
            if (Outstanding is not { } pull)
            {
                return Math.Min(deadline, NextPull);
            }

            return pull.IsAnswered ? deadline : Math.Min(deadline, pull.Deadline);
        }
    }

    internal sealed class Pull
    {
        public required uint Id { get; init; }

        public required List<Announcement> Items { get; init; }

        public required long Deadline { get; init; }

        public bool IsAnswered { get; set; }

        public int Verifying { get; set; }
    }
}
