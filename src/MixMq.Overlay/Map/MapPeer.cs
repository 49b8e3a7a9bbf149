using MixMq.Overlay.Topology;
using MixMq.Sphinx;

namespace MixMq.Overlay.Map;

/// <summary>What is known of the gossip of the map with one neighbour while its link is up. Everything in it is bounded.</summary>
internal sealed class MapPeer(NodeAddress address, long nowMicros)
{
    private IntervalBucket _answers = new(MapLimits.AnswerBurst, MapLimits.AnswerIntervalMicros, nowMicros);

    public NodeAddress Address => address;

    /// <summary>When it is told the next time how much is held.</summary>
    public long SummaryAt { get; set; } = nowMicros;

    /// <summary>Whether it has told its summary on this link.</summary>
    public bool HasTold { get; set; }

    /// <summary>What was taken and it hasn't named itself; to be named to it.</summary>
    public List<RecordHash> News { get; } = [];

    /// <summary>What it has named and is to be asked for; see <see cref="Want"/>.</summary>
    public WantedEntries Wanted { get; } = new();

    /// <summary>
    /// What came from it signed by too few: of it alone this isn't asked again before other parameters hold. An entry's name doesn't cover its signatures, so that another
    /// neighbour may have it whole, and none may keep it away.
    /// </summary>
    public HashSet<RecordHash> Untrusted { get; } = [];

    /// <summary>What it is being asked for: entries; null: nothing, or for names.</summary>
    public RecordHash[]? Pulled { get; set; }

    /// <summary>Whether it is being asked what it holds.</summary>
    public bool IsQuestioned { get; set; }

    /// <summary>The question under way has this number; those before it may still be answered, late.</summary>
    public uint LastId { get; set; }

    /// <summary>When what is under way is given up.</summary>
    public long Deadline { get; set; } = Moment.Never;

    public long AskAfter { get; set; } = long.MinValue;

    /// <summary>From where on it is to be asked what it holds; null: there is no reason to ask.</summary>
    public RecordHash? Cursor { get; set; }

    /// <summary>Pages of an answer that may still come: as many as the greatest map has.</summary>
    public int PagesLeft { get; set; }

    public bool IsAsked => Pulled is not null || IsQuestioned;

    /// <summary>It is to be asked for this; where there is no room, for all that it holds once the rest is here.</summary>
    /// <returns>False: there was no room.</returns>
    public bool Want(RecordHash hash)
    {
        if (Wanted.TryAdd(hash))
        {
            return true;
        }

        Cursor = default(RecordHash);
        return false;
    }

    public void PassOver(RecordHash hash)
    {
        if (Untrusted.Count == MapLimits.MaxPassedOver)
        {
            Untrusted.Clear();
        }

        _ = Untrusted.Add(hash);
    }

    public bool TryAnswer(long nowMicros) => _answers.TryTake(nowMicros);
}
