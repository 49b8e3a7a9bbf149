using System.Collections.Immutable;

namespace MixMq.Endpoint.Messaging;

/// <summary>All that the core must know of its store when it starts: what the committed batches add up to.</summary>
public sealed record EndpointState
{
    /// <summary>The state of an empty store.</summary>
    public static EndpointState Empty { get; } = new();

    /// <summary>Every conversation in which this node sends.</summary>
    public ImmutableArray<OutboundConversationState> OutboundConversations { get; init; } = [];

    /// <summary>
    /// The first entries of each conversation that aren't settled (pending or expiring), by ascending sequence within each conversation; how many of each is the store's choice. Of the conversation
    /// of anonymous messages, all.
    /// </summary>
    public ImmutableArray<OutboxEntry> Outbox { get; init; } = [];

    /// <summary>What there is beyond those, of each conversation that has more.</summary>
    public ImmutableArray<OutboxWaiting> Waiting { get; init; } = [];

    /// <summary>Every conversation in which this node receives.</summary>
    public ImmutableArray<InboundConversationState> InboundConversations { get; init; } = [];

    /// <summary>Every inbox row in state <see cref="InboxState.Held"/>.</summary>
    public ImmutableArray<HeldEntry> Held { get; init; } = [];

    /// <summary>What isn't consumed, dead letters included, by sender; senders without any are left out.</summary>
    public ImmutableArray<InboxUsage> InboxUsage { get; init; } = [];

    /// <summary>Every partial.</summary>
    public ImmutableArray<PartialState> Partials { get; init; } = [];

    /// <summary>Every question whose reply is waited for, or isn't known to be known.</summary>
    public ImmutableArray<Anonymous.StoredQuestion> Questions { get; init; } = [];

    /// <summary>Every reply that is being sent.</summary>
    public ImmutableArray<Anonymous.StoredReply> Replies { get; init; } = [];

    /// <summary>Of each inbound conversation with <see cref="InboundConversationState.FormerLast"/>, what came in those places.</summary>
    public ImmutableArray<FormerMessages> Former { get; init; } = [];

    /// <summary>The greatest position ever given (consumed rows included); 0: none.</summary>
    public ulong LastInboxPosition { get; init; }
}
