using MixMq.Endpoint.Messaging.Views;
using MixMq.Sphinx;

namespace MixMq.Endpoint.Messaging.Receiving;

/// <summary>Someone who writes to this node, with what it takes of its quotas.</summary>
internal sealed class InboundSender(NodeAddress address)
{
    public NodeAddress Address { get; } = address;

    public Dictionary<ConversationId, InboundConversation> Conversations { get; } = [];

    public Talk Talk { get; } = new();

    /// <summary>Content bytes that its partials have reserved.</summary>
    public long PartialBytes { get; set; }

    /// <summary>Conversations with an acknowledgement to send.</summary>
    public List<InboundConversation> PendingAcknowledgements { get; } = [];
}
