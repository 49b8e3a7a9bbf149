using System.Collections.Immutable;

namespace MixMq.Endpoint.Messaging.Anonymous;

/// <summary>What the store knows of anonymous messages, taken out of what it knows of the others.</summary>
internal sealed record AnonymousStored
{
    private AnonymousStored()
    {
    }

    public ImmutableArray<OutboundConversationState> Outbound { get; private init; } = [];

    public ImmutableArray<OutboxEntry> Outbox { get; private init; } = [];

    /// <summary>Null: none was ever received.</summary>
    public InboundConversationState? Inbound { get; private init; }

    /// <summary>Where replies to this node's messages stand, one for each who replied.</summary>
    public ImmutableArray<InboundConversationState> Answers { get; private init; } = [];

    public ImmutableArray<StoredQuestion> Questions { get; private init; } = [];

    public ImmutableArray<StoredReply> Replies { get; private init; } = [];

    /// <summary>Divides a store's state.</summary>
    /// <param name="state">All of it; afterwards without what is anonymous.</param>
    public static AnonymousStored TakeFrom(ref EndpointState state)
    {
        static bool IsOwn(ConversationId conversation) => conversation == AnonymousPlaces.Conversation;
        var stored = new AnonymousStored
        {
            Outbound = [.. state.OutboundConversations.Where(conversation => IsOwn(conversation.Conversation))],
            Outbox = [.. state.Outbox.Where(entry => IsOwn(entry.Conversation))],
            Inbound = state.InboundConversations.FirstOrDefault(conversation => IsOwn(conversation.Conversation)),
            Answers = [.. state.InboundConversations.Where(conversation => conversation.Conversation == AnonymousPlaces.Replies)],
            Questions = state.Questions,
            Replies = state.Replies,
        };
        state = state with
        {
            OutboundConversations = [.. state.OutboundConversations.Where(conversation => !IsOwn(conversation.Conversation))],
            Outbox = [.. state.Outbox.Where(entry => !IsOwn(entry.Conversation))],
            InboundConversations = [.. state.InboundConversations.Where(conversation => !IsOwn(conversation.Conversation) && conversation.Conversation != AnonymousPlaces.Replies)],
        };
        return stored;
    }
}
