using MixMq.Sphinx;

namespace MixMq.Endpoint.Messaging.Anonymous.Replying;

/// <summary>An anonymous message of this node's that was received, and whose reply is waited for or was received.</summary>
internal sealed class Question(StoredQuestion stored)
{
    private readonly Queue<(long Deadline, int Surbs)> _given = new();
    private int _usedOfFirst;

    public MessageId Id => stored.Id;

    public NodeAddress Recipient => stored.Recipient;

    public long UntilUnixMillis => stored.UntilUnixMillis;

    public byte[] Secret { get; } = stored.Secret.ToArray();

    public bool IsAnswered { get; set; } = stored.Status == QuestionStatus.Answered;

    /// <summary>The reply is on its way to the disk.</summary>
    public bool Storing { get; set; }

    public bool Closed { get; set; }

    /// <summary>Fragments of the reply; null: none is there.</summary>
    public ReplyGathering? Gathered { get; set; }

    /// <summary>How often a reply began to come in.</summary>
    public int Gatherings { get; set; }

    /// <summary>SURBs given since the present one began.</summary>
    public int GivenForGathered { get; set; }

    /// <summary>SURBs given and neither used nor given up.</summary>
    public int UnderWay { get; private set; }

    /// <summary>When the SURBs given last expire, Unix seconds.</summary>
    public long SurbsExpire { get; set; }

    /// <summary>How often the recipient was asked without an answer.</summary>
    public int Probes { get; set; }

    /// <summary>When the recipient was heard last, microseconds.</summary>
    public long HeardMicros { get; set; }

    /// <summary>When it has its next turn, microseconds; entries of the queue for other times are void.</summary>
    public long Due { get; set; } = long.MaxValue;

    /// <summary>When the next SURBs count as lost, microseconds.</summary>
    public long NextLoss => _given.TryPeek(out var first) ? first.Deadline : long.MaxValue;

    /// <summary>SURBs leave; they count as lost after the deadline.</summary>
    public void Give(int surbs, long deadline)
    {
        _given.Enqueue((deadline, surbs));
        UnderWay += surbs;
        GivenForGathered += surbs;
    }

    /// <summary>One of them came back; which doesn't matter.</summary>
    public void TakeBack()
    {
        if (_given.TryPeek(out var first))
        {
            UnderWay--;
            if (++_usedOfFirst == first.Surbs)
            {
                DropFirst();
            }
        }
    }

    /// <summary>Those past their deadlines are lost.</summary>
    public void Expire(long nowMicros)
    {
        while (_given.TryPeek(out var first) && first.Deadline <= nowMicros)
        {
            UnderWay -= first.Surbs - _usedOfFirst;
            DropFirst();
        }
    }

    private void DropFirst()
    {
        _given.Dequeue();
        _usedOfFirst = 0;
    }
}
