using System.Collections.Immutable;
using MixMq.Overlay.Topology;
using MixMq.Sphinx;

namespace MixMq.Overlay.Admission;

/// <summary>What is known of the gossip of statements with one neighbour while its link is up. Everything in it is bounded.</summary>
internal sealed class StatementPeer(NodeAddress address, long nowMicros)
{
    private readonly Queue<RecordHash> _asked = new();
    private IntervalBucket _answers = new(AdmissionLimits.PullBurst, AdmissionLimits.PullIntervalMicros, nowMicros);

    public NodeAddress Address => address;

    /// <summary>What it announced last, at most <see cref="AdmissionLimits.MaxAnnounced"/>.</summary>
    public List<Offer> Offers { get; } = [];

    /// <summary>What it is being asked for.</summary>
    public Offer? Asked { get; set; }

    /// <summary>When that is given up.</summary>
    public long Deadline { get; private set; }

    public long AskAfter { get; set; } = long.MinValue;

    /// <summary>Whether it is to be told of all that is held.</summary>
    public bool IsToBeTold { get; set; }

    /// <summary>Whether it has announced less than is held, and is to be told again.</summary>
    public bool IsBehind { get; set; }

    /// <summary>Not before this moment.</summary>
    public long RetellAfter { get; set; } = long.MinValue;

    public bool Has(RecordHash hash) => Offers.Exists(offer => offer.Announced.Hash == hash);

    /// <summary>Whether it was asked for this on this link, so that an answer may be late but isn't made up.</summary>
    public bool HasAsked(RecordHash hash) => _asked.Contains(hash);

    public bool TryAnswer(long nowMicros) => _answers.TryTake(nowMicros);

    /// <summary>It has announced all that it holds. What it doesn't name any more it has lost, or replaced: it may have started anew without this end of the link having noticed.</summary>
    public void Hear(ImmutableArray<StatementAnnouncement> announced)
    {
        Offer[] known = [.. Offers];
        Offers.Clear();
        foreach (var item in announced)
        {
            if (Offers.Count < AdmissionLimits.MaxAnnounced && !Has(item.Hash))
            {
                Offers.Add(Array.Find(known, offer => offer.Announced.Hash == item.Hash) ?? new Offer(item));
            }
        }
    }

    public void Ask(Offer offer, long deadline)
    {
        (Asked, Deadline) = (offer, deadline);
        _asked.Enqueue(offer.Announced.Hash);
        if (_asked.Count > AdmissionLimits.MaxAnnounced)
        {
            _ = _asked.Dequeue();
        }
    }

    internal sealed class Offer(StatementAnnouncement announced)
    {
        public StatementAnnouncement Announced => announced;

        /// <summary>It came and couldn't be taken, through no fault of the neighbour's.</summary>
        public bool IsRefused { get; set; }
    }
}
