using System.Runtime.CompilerServices;
using MixMq.Endpoint.Messaging.Wire;
using MixMq.Sphinx;

namespace MixMq.Endpoint.Messaging.Sending;

/// <summary>Where the exchange of marks stands in a conversation in which this node sends (spec/07 §17).</summary>
internal sealed class OutboundExchange(ConversationSecret secret)
{
    private readonly ConversationSecret _secret = secret;

    /// <summary>Fragments may leave: the recipient has heard of this start, or the conversation began in it.</summary>
    public bool Agreed { get; set; } = true;

    /// <summary>Messages are being moved to other places, or it is being stored that they keep theirs; nothing leaves meanwhile.</summary>
    public bool Moving { get; set; }

    /// <summary>What the recipient said when messages were to be moved and something stood in the way: it holds until it says something else; null: nothing is to be moved.</summary>
    public StrongBox<RecipientMark>? MovingMark { get; set; }

    /// <summary>Their envelopes are being signed: nothing of the conversation is stored meanwhile.</summary>
    public bool Resigning { get; set; }

    /// <summary>The incarnation under which the recipient is told of this start; none: not yet.</summary>
    public Incarnation Own { get; private set; }

    /// <summary>The recipient's, as far as it is known.</summary>
    public Incarnation Peer { get; private set; }

    /// <summary>The greatest watermark of which <see cref="Peer"/> has told.</summary>
    public ulong PeerWatermark { get; private set; }

    /// <summary>Tags of fragments.</summary>
    public ConversationSecret FragmentKey { get; private set; } = secret;

    /// <summary>Tags of acknowledgements.</summary>
    public ConversationSecret AckKey { get; private set; } = secret;

    /// <summary>The lowest sequence given before the exchange of its start; 0: none.</summary>
    public ulong Tentative { get; set; }

    /// <summary>A sender mark is to be sent at the next turn.</summary>
    public bool MarkDue { get; set; }

    /// <summary>Its signature for <see cref="Own"/>; null: not signed yet.</summary>
    public byte[]? Signature { get; set; }

    /// <summary>To whom the signed mark is: the address under which the recipient was known then.</summary>
    public NodeAddress SignedFor { get; set; }

    /// <summary>The signature is being made.</summary>
    public bool Signing { get; set; }

    /// <summary>When a mark was sent last, microseconds.</summary>
    public long AskedMicros { get; set; } = long.MinValue / 2;

    /// <summary>The last mark was sent with nothing waiting for its answer: the next one may be long in coming.</summary>
    public bool AskedIdle { get; set; }

    /// <summary>Marks sent since the recipient was last heard.</summary>
    public int Asked { get; set; }

    /// <summary>Nothing has been heard of the recipient for a while: the next mark asks for an answer.</summary>
    public bool Silent { get; set; }

    /// <summary>When an outcome became durable last, or this node started, microseconds.</summary>
    public long SettledMicros { get; set; }

    /// <summary>When the recipient is to be told of the conversation again although nothing is under way, microseconds; 0: it isn't.</summary>
    public long RemindMicros { get; set; }

    /// <summary>How often it was told so.</summary>
    public int Reminders { get; set; }

    /// <summary>It is told so at the next turn, if nothing is under way then.</summary>
    public bool Reminds { get; set; }

    /// <summary>The start of the recipient for which what it has lost was last looked for.</summary>
    public Incarnation RecalledFor { get; set; }

    /// <summary>What a mark names as the recipient's start: none before what that one has lost was looked for, for the base would pass over it.</summary>
    public Incarnation Heeded => RecalledFor == Peer ? Peer : Incarnation.None;

    /// <summary>It is to be looked for when outcomes that are being stored are durable.</summary>
    public bool RecallDue { get; set; }

    /// <summary>The lowest place of which this node doesn't know what the recipient has there; 0: it knows of all.</summary>
    public ulong FirstGap { get; set; }

    /// <summary>Fragments must wait until the recipient has heard of this start.</summary>
    public void Begin(in Incarnation own)
    {
        Own = own;
        FragmentKey = IncarnationKey.Derive(_secret, own);
        Agreed = false;
        MarkDue = true;
        Signature = null;
        MovingMark = null;
    }

    /// <summary>The recipient is in this start.</summary>
    public void Learn(in Incarnation peer)
    {
        if (peer != Peer)
        {
            Peer = peer;
            PeerWatermark = 0;
            AckKey = IncarnationKey.Derive(_secret, peer);
        }
    }

    /// <summary>The recipient has told its watermark, in the start that is known.</summary>
    public void Heard(ulong watermark)
    {
        PeerWatermark = Math.Max(PeerWatermark, watermark);
        Asked = 0;
        Silent = false;
    }
}
