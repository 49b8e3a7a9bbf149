using MixMq.Overlay.Topology;
using MixMq.Sphinx;

namespace MixMq.Overlay.Map;

/// <summary>What is known of the gossip of the map with one neighbour while its link is up. Everything in it is bounded.</summary>
internal sealed class MapPeer(NodeAddress address, long nowMicros)
{
    private readonly HashSet<RecordHash> _named = [];
    private IntervalBucket _answers = new(MapLimits.AnswerBurst, MapLimits.AnswerIntervalMicros, nowMicros);

    // What it answers, as far as that can be known here: what is asked beyond that is lost.
    private IntervalBucket _questions = new(MapLimits.AnswerBurst, MapLimits.AnswerIntervalMicros, nowMicros);

    public NodeAddress Address => address;

    /// <summary>When it is told the next time how much is held.</summary>
    public long SummaryAt { get; set; } = nowMicros;

    /// <summary>Whether it has told its summary on this link.</summary>
    public bool HasTold { get; set; }

    /// <summary>What was taken and it hasn't named itself; to be named to it.</summary>
    public List<RecordHash> News { get; } = [];

    /// <summary>News waits until then for more.</summary>
    public long NewsAfter { get; set; } = long.MinValue;

    /// <summary>What it has named and is to be asked for; see <see cref="Want"/>.</summary>
    public WantedEntries Wanted { get; } = new();

    /// <summary>
    /// What came from it signed by too few, as far as is known here: of it alone this isn't asked again before other parameters hold.
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

    /// <summary>It has named this, so that it needn't be told of it. At most as many as it may hold.</summary>
    public void HasNamed(RecordHash hash)
    {
        if (_named.Count >= MapLimits.MaxHeld)
        {
            _named.Clear();
        }

        _ = _named.Add(hash);
    }

    /// <summary>Something was taken; to be named to it unless it did so itself.</summary>
    public void Tell(RecordHash hash)
    {
        // More than fit in one message are found by the next summary.
        if (!_named.Remove(hash) && News.Count < MapLimits.MaxNamed)
        {
            News.Add(hash);
        }
    }

    /// <summary>Whether it would answer another question now.</summary>
    /// <returns>False: <see cref="AskAfter"/> says when.</returns>
    public bool TryQuestion(long nowMicros)
    {
        if (_questions.TryTake(nowMicros))
        {
            return true;
        }

        AskAfter = _questions.WhenHolds(1);
        return false;
    }

    /// <summary>It wasn't asked after all.</summary>
    public void ReturnQuestion() => _questions.Return(1);

    public bool TryAnswer(long nowMicros) => _answers.TryTake(nowMicros);
}
