using MixMq.Sphinx;

namespace MixMq.Endpoint.Messaging.Receiving;

/// <summary>All senders and their conversations, within the quotas.</summary>
internal sealed class InboundDirectory(EndpointOptions options)
{
    private readonly Dictionary<NodeAddress, InboundSender> _senders = [];
    private int _conversations;

    public IEnumerable<InboundConversation> Conversations => _senders.Values.SelectMany(sender => sender.Conversations.Values);

    public InboundSender? FindSender(NodeAddress address) => _senders.GetValueOrDefault(address);

    public InboundConversation? Find(in Place place) =>
        FindSender(place.Sender)?.Conversations.GetValueOrDefault(place.Conversation);

    /// <summary>Whether a sender may open one more.</summary>
    public bool HasRoom(NodeAddress sender) => _conversations < options.MaxInboundConversations
        && (FindSender(sender)?.Conversations.Count ?? 0) < options.MaxConversationsPerSender;

    public InboundConversation Open(in Place place, string name, ConversationSecret secret, ulong watermark)
    {
        if (!_senders.TryGetValue(place.Sender, out var sender))
        {
            sender = new(place.Sender);
            _senders.Add(place.Sender, sender);
        }

        var conversation = new InboundConversation(sender, place.Conversation, name, secret, watermark);
        sender.Conversations.Add(place.Conversation, conversation);
        _conversations++;
        return conversation;
    }
}
