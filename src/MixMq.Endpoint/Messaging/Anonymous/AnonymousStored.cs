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

    public ImmutableArray<AnonymousReceived> Received { get; private init; } = [];

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
            Received = state.AnonymousReceived,
        };
        state = state with
        {
            OutboundConversations = [.. state.OutboundConversations.Where(conversation => !IsOwn(conversation.Conversation))],
            Outbox = [.. state.Outbox.Where(entry => !IsOwn(entry.Conversation))],
            InboundConversations = [.. state.InboundConversations.Where(conversation => !IsOwn(conversation.Conversation))],
        };
        return stored;
    }
}
