using MixMq.Sphinx;

namespace MixMq.Overlay.Topology;

/// <summary>What is known of the gossip with one neighbour while its link is up. Everything in it is bounded.</summary>
internal sealed class Neighbour(NodeAddress address, int maxCellContent, NeighbourAccount account)
{
    private const int UsualAnnouncements = 64;

    public NodeAddress Address { get; } = address;

    public FragmentAssembler Assembler { get; } = new(maxCellContent);

    /// <summary>Announced by it and not yet fetched from anyone.</summary>
    public WantedRecords Wanted { get; } = new();

    /// <summary>Origins of which it is to be told; at most as many as the database holds.</summary>
    public HashSet<NodeAddress> ToAnnounce { get; private set; } = new(AddressComparer.Instance);

    /// <summary>The one outstanding pull, until it is answered and all of its records are verified.</summary>
    public Pull? Outstanding { get; set; }

    /// <summary>What the neighbour had before this link, and keeps after it.</summary>
    public NeighbourAccount Account => account;

    /// <summary>When to look for something to pull again; Never while nothing may be pulled.</summary>
    public long NextPull { get; set; } = Moment.Never;

    public long PenaltyUntil { get; set; } = long.MinValue;

    /// <summary>The comparison of databases that is under way, asked for by this node.</summary>
    public Comparison? Comparing { get; set; }

    /// <summary>HELLOs in a row whose digest differed; none yet: null.</summary>
    public int? Mismatches { get; set; }

    public long NextComparison { get; set; } = long.MinValue;

    public long ComparisonPause { get; set; } = TopologyLimits.ComparisonMicros;

    /// <summary>Whether the link is gone.</summary>
    public bool IsGone { get; set; }

    /// <summary>Whether it stands in the queue of neighbours with which something is to be done.</summary>
    public bool IsAwake { get; set; }

    /// <summary>The earliest moment at which it stands in the agenda, in microseconds.</summary>
    public long Armed { get; set; } = Moment.Never;

    /// <summary>When enough records may be asked for again to make a pull worth its while.</summary>
    public long WhenMayAsk => account.Records.WhenHolds(16);

    public long NextDeadline
    {
        get
        {
            var question = Comparing is { } comparing ? Math.Min(comparing.Deadline, comparing.AskAt) : Moment.Never;
            return Math.Min(question, Outstanding switch
            {
                null => NextPull,
                { IsAnswered: true } => Moment.Never,
                { Deadline: var deadline } => deadline,
            });
        }
    }

    /// <summary>All of them, or as many of the first as are announced at once, have been announced.</summary>
    public void Announced(bool all)
    {
        if (all && ToAnnounce.Count <= UsualAnnouncements)
        {
            ToAnnounce.Clear();
        }
        else
        {
            ToAnnounce = new HashSet<NodeAddress>(all ? [] : ToAnnounce.Skip(TopologyLimits.MaxToldAtOnce), AddressComparer.Instance);
        }
    }

    internal sealed class Pull
    {
        public required uint Id { get; init; }

        /// <summary>What was asked for, and where it stands among what is wanted.</summary>
        public required List<(Announcement Asked, Want Want)> Items { get; init; }

        public required long Deadline { get; init; }

        public bool IsAnswered { get; set; }

        public int Verifying { get; set; }
    }

    internal sealed class Comparison
    {
        public required byte[] Salt { get; init; }

        /// <summary>Up to here all is compared.</summary>
        public NodeAddress After { get; set; }

        /// <summary>When the outstanding question is given up; Never: none is outstanding.</summary>
        public long Deadline { get; set; } = Moment.Never;

        /// <summary>When the next page may be asked for, where it is only the pace that this waits for; else Never.</summary>
        public long AskAt { get; set; } = Moment.Never;
    }
}
