namespace MixMq.Endpoint.Messaging.Anonymous;

/// <summary>How a message stands at its recipient, as an answer says it.</summary>
internal enum AnonymousState : byte
{
    /// <summary>Some of it is in memory there: a promise of nothing.</summary>
    Gathering = 1,

    /// <summary>It is durable there.</summary>
    Settled = 2,

    /// <summary>It isn't there and won't be.</summary>
    Withdrawn = 3,

    /// <summary>It isn't taken in for now.</summary>
    Refused = 4,
}
