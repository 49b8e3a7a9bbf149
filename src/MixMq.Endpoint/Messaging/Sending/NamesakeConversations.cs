using MixMq.Overlay;
using MixMq.Sphinx;

namespace MixMq.Endpoint.Messaging.Sending;

/// <summary>Conversations of one name with one recipient, by the order of the addresses under which they were begun; the first two of them become one, until there is one.</summary>
internal sealed class NamesakeConversations(NodeAddress knownAs, List<OutboundConversation> conversations)
{
    /// <summary>No others of this process have it.</summary>
    public long Number { get; set; }

    /// <summary>The address by which the recipient is known.</summary>
    public NodeAddress KnownAs { get; } = knownAs;

    public List<OutboundConversation> Conversations { get; } = conversations;

    /// <summary>The one that goes behind the other; null: which one that is isn't known.</summary>
    public OutboundConversation? From { get; set; }

    public OutboundConversation? Into { get; set; }

    /// <summary>The recipient is being asked what it has of the first.</summary>
    public bool IsAsking => From is null;

    public Incarnation Question { get; set; }

    /// <summary>The question's signature; null: it isn't there.</summary>
    public byte[]? Signature { get; set; }

    public RequestId Signing { get; set; }

    /// <summary>How often that was asked.</summary>
    public int Asked { get; set; }

    /// <summary>When it is asked, or to become one is tried, again, microseconds.</summary>
    public long DueMicros { get; set; }

    public (NodeAddress, ConversationId) Key => (KnownAs, Conversations[0].Id);

    public bool IsSame(NamesakeConversations other) => KnownAs == other.KnownAs && Conversations.SequenceEqual(other.Conversations);
}
