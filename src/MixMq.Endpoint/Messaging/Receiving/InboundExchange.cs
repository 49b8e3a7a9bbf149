using MixMq.Endpoint.Messaging.Wire;

namespace MixMq.Endpoint.Messaging.Receiving;

/// <summary>Where the exchange of marks stands in a conversation in which this node receives (spec/07 §17).</summary>
internal sealed class InboundExchange(ConversationSecret secret)
{
    private ConversationSecret _secret = secret;

    /// <summary>The sender's start of which its last mark told; none: no mark has come.</summary>
    public Incarnation Sender { get; private set; }

    /// <summary>Tags of fragments.</summary>
    public ConversationSecret FragmentKey { get; private set; } = secret;

    /// <summary>This start, as the sender is told of it.</summary>
    public Incarnation Own { get; private set; }

    /// <summary>Tags of acknowledgements.</summary>
    public ConversationSecret AckKey { get; private set; } = secret;

    /// <summary>The sender has shown that it knows this start; until then each acknowledgement has a mark beside it.</summary>
    public bool Known
    {
        get;
        set
        {
            field = value;
            Introduces &= !value;
        }
    }

    /// <summary>When a question about the conversation may be answered again, microseconds.</summary>
    public long NextAnswer { get; set; } = long.MinValue;

    /// <summary>The greatest place that was settled before this start: a base above it was raised by an acknowledgement of this one.</summary>
    public ulong HighestAtStart { get; set; }

    /// <summary>This node has started with this conversation in its store, and the sender isn't known to have heard of it: it is told, for it may have more than this store has.</summary>
    public bool Introduces { get; set; }

    /// <summary>The greatest place that the sender had filled when it first heard of this start.</summary>
    public ulong Expected { get; set; }

    /// <summary>The sender has said so in a mark: what its base passes over from now on, it doesn't have any more.</summary>
    public bool Confirmed { get; set; }

    /// <summary>A place that the sender's base has passed over isn't settled here, or the sender has asked: it is to be told how things stand.</summary>
    public bool MarkDue { get; set; }

    /// <summary>The next mark asks the sender for its own. Not each does: a place that is missing is mostly on its way.</summary>
    public bool Asks { get; set; }

    /// <summary>The sender's base has passed over places that aren't settled here, and it hasn't heard of this start yet.</summary>
    public bool Awaits { get; set; }

    /// <summary>How often it was asked for that.</summary>
    public int Asked { get; set; }

    /// <summary>The lowest place that the sender may have filled before its store was put back; 0: none.</summary>
    public ulong FormerFirst { get; set; }

    /// <summary>The greatest such place.</summary>
    public ulong FormerLast { get; set; }

    /// <summary>Ids of what came in such places; null: there are none, or they haven't been read.</summary>
    public HashSet<MessageId>? Former { get; set; }

    /// <summary>Nothing was taken under this secret up to here: what is there was taken under another one, or passed over by the sender's base.</summary>
    public ulong Foreign { get; set; }

    /// <summary>The sender is in this start, with this secret.</summary>
    public void Adopt(in Incarnation sender, ConversationSecret secret)
    {
        _secret = secret;
        Sender = sender;
        FragmentKey = IncarnationKey.Derive(secret, sender);
        AckKey = IncarnationKey.Derive(secret, Own);
        Known = false;
        Confirmed = false;
    }

    /// <summary>This node is in this start.</summary>
    public void Begin(in Incarnation own)
    {
        if (own != Own)
        {
            Own = own;
            AckKey = IncarnationKey.Derive(_secret, own);
            Known = false;
            Confirmed = false;
        }
    }
}
