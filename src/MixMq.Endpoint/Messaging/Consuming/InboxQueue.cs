using MixMq.Sphinx;

namespace MixMq.Endpoint.Messaging.Consuming;

/// <summary>A conversation's unconsumed messages as far as they are in memory: those that wait, and those that are with the consumer that holds it.</summary>
internal sealed class InboxQueue(NodeAddress sender, ConversationId conversation)
{
    /// <summary>Order of queues by the position that each would give next.</summary>
    public static readonly IComparer<InboxQueue> ByNext = Comparer<InboxQueue>.Create((left, right) => left.Next.CompareTo(right.Next));

    private static readonly IComparer<Head> BySequence = Comparer<Head>.Create((left, right) => left.Sequence.CompareTo(right.Sequence));

    public NodeAddress Sender { get; } = sender;

    public ConversationId Conversation { get; } = conversation;

    /// <summary>Who has the conversation; null: nobody.</summary>
    public Consumer? Holder { get; set; }

    public SortedSet<Head> Waiting { get; } = new(BySequence);

    public SortedSet<Head> Given { get; } = new(BySequence);

    /// <summary>The greatest sequence that was taken into memory.</summary>
    public ulong LastKept { get; private set; }

    /// <summary>The store has more after <see cref="LastKept"/>.</summary>
    public bool IsCut { get; set; }

    /// <summary>The store has been asked for more.</summary>
    public bool IsReading { get; set; }

    /// <summary>More became ready while the store was being asked.</summary>
    public bool CutWhileReading { get; set; }

    /// <summary>The set of queues that this one stands in; null: none, for nothing waits.</summary>
    public SortedSet<InboxQueue>? In { get; set; }

    /// <summary>Its key in that set: the first waiting message's position.</summary>
    public ulong Next { get; private set; }

    public void Keep(Head head)
    {
        Waiting.Add(head);
        LastKept = Math.Max(LastKept, head.Sequence);
    }

    /// <summary>Puts the queue where what waits in it belongs: with its holder's, or with those that nobody has.</summary>
    public void Place(SortedSet<InboxQueue> unheld)
    {
        In?.Remove(this);
        In = null;
        if (Waiting.Min is { } first)
        {
            In = Holder?.Ready ?? unheld;
            Next = first.Position;
            In.Add(this);
        }
    }
}
