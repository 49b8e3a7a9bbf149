using MixMq.Endpoint.Messaging.Views;
using MixMq.Sphinx;

namespace MixMq.Endpoint.Messaging.Sending;

/// <summary>A recipient: its conversations, what is in flight to it, and its turn among the others.</summary>
internal sealed class Correspondent(NodeAddress address, RoundTrip roundTrip, SendWindow window)
{
    public NodeAddress Address { get; } = address;

    public RoundTrip RoundTrip { get; } = roundTrip;

    public SendWindow Window { get; } = window;

    public Talk Talk { get; } = new();

    public Dictionary<ConversationId, OutboundConversation> Conversations { get; } = [];

    /// <summary>Conversations that may have something to send; each has one fragment a turn.</summary>
    public Queue<OutboundConversation> Ready { get; } = new();

    /// <summary>It stands in the queue of recipients that may be sent to.</summary>
    public bool InReady { get; set; }

    /// <summary>Messages that the store is being asked for because they are to be cancelled.</summary>
    public int Lookups { get; set; }

    /// <summary>Messages not settled.</summary>
    public int Unsettled { get; set; }
}
