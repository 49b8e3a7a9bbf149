namespace MixMq.Endpoint.Messaging.Consuming;

/// <summary>A consumer that is there.</summary>
internal sealed class Consumer(long session, string name, int maxDeliveries)
{
    public long Session { get; } = session;

    public string Name { get; } = name;

    public int MaxDeliveries { get; } = maxDeliveries;

    /// <summary>It has been told that it is there, <see cref="IEndpointSink.ConsumerOpened"/>.</summary>
    public bool IsOpen { get; set; }

    /// <summary>How many messages more it may be given.</summary>
    public int Credit { get; set; }

    /// <summary>How many messages are with it.</summary>
    public int Has { get; set; }

    /// <summary>It knows that there is nothing more now.</summary>
    public bool KnowsCaughtUp { get; set; }

    public HashSet<InboxQueue> Holds { get; } = [];

    /// <summary>Of these, the ones in which something waits.</summary>
    public SortedSet<InboxQueue> Ready { get; } = new(InboxQueue.ByNext);

    public bool HasRoom => IsOpen && Credit > 0 && Has < ConsumingLimits.MaxCredit;
}
