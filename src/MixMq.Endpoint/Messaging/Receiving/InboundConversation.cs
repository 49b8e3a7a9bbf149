using System.Collections.Immutable;

namespace MixMq.Endpoint.Messaging.Receiving;

/// <summary>
/// A conversation in which this node receives, twice: as decided (what has been handed to the store) and as durable (what may be
/// acknowledged).
/// </summary>
internal sealed class InboundConversation(InboundSender sender, ConversationId id, string name, ConversationSecret secret, ulong watermark)
{
    public InboundSender Sender { get; } = sender;

    public ConversationId Id { get; } = id;

    public string Name { get; } = name;

    /// <summary>The sender's newest.</summary>
    public ConversationSecret Secret { get; private set; } = secret;

    /// <summary>Where the exchange of marks with the sender stands.</summary>
    public InboundExchange Exchange { get; } = new(secret);

    /// <summary>The greatest place in which there is anything.</summary>
    public ulong Highest => Math.Max(Decided.Highest, Partials.Count > 0 ? Partials.Keys.Last() : 0);

    /// <summary>The sender has durably learned of everything below; only what tombstones took from here on must still be told.</summary>
    public ulong Base { get; private set; } = watermark + 1;

    public SettledPlaces Decided { get; } = new(watermark);

    public SettledPlaces Durable { get; } = new(watermark);

    /// <summary>Tombstones among the decided places from <see cref="Base"/> on.</summary>
    public SortedSet<ulong> Tombstones { get; } = [];

    /// <summary>Tombstones among the durable places from <see cref="Base"/> on.</summary>
    public SortedSet<ulong> DurableTombstones { get; } = [];

    public SortedDictionary<ulong, Partial> Partials { get; } = [];

    /// <summary>Content bytes by sequence of what was taken in ahead of the next place.</summary>
    public SortedDictionary<ulong, long> Ahead { get; } = [];

    /// <summary>Sequences that were refused and of which the sender is to be told.</summary>
    public SortedSet<ulong> Refused { get; } = [];

    /// <summary>Something was refused because it is longer than this node takes: the sender is to be told how much that is.</summary>
    public bool LimitDue { get; set; }

    /// <summary>Its row goes into the batch being gathered.</summary>
    public bool Touched { get; set; }

    /// <summary>Something can't be given out before the sender has filled a gap, or said that it can't.</summary>
    public bool IsStuck => Exchange.Awaits || Decided.Above.Count > 0;

    /// <summary>The sender is to be asked how things stand, now and then.</summary>
    public bool HasToAsk => IsStuck || Exchange.Introduces || Decided.Watermark < Exchange.Expected;

    /// <summary>The pending acknowledgement is there only to ask the sender about that.</summary>
    public bool Asking { get; set; }

    public bool AckPending { get; set; }

    /// <summary>When the pending acknowledgement is due, microseconds.</summary>
    public long AckDue { get; set; }

    /// <summary>When one was sent last, microseconds.</summary>
    public long LastAck { get; set; } = long.MinValue / 2;

    public Place At(ulong sequence) => new(Sender.Address, Id, sequence);

    /// <summary>The sender's base, from an authentic frame.</summary>
    public void RaiseBase(ulong value)
    {
        if (value > Base)
        {
            Base = value;
            Tombstones.RemoveWhere(sequence => sequence < value);
            DurableTombstones.RemoveWhere(sequence => sequence < value);
        }
    }

    /// <summary>The sender is in this start, with this secret.</summary>
    public void Adopt(in Incarnation sender, ConversationSecret secret)
    {
        Secret = secret;
        Exchange.Adopt(sender, secret);
    }

    /// <summary>Takes over what the store knows beyond the watermark.</summary>
    public void Restore(InboundConversationState state)
    {
        Base = state.Base;
        Adopt(state.SenderIncarnation, state.Secret);
        Exchange.FormerFirst = state.FormerFirst;
        Exchange.FormerLast = state.FormerLast;
        Exchange.Foreign = state.Foreign;
        Tombstones.UnionWith(state.Tombstones);
        DurableTombstones.UnionWith(state.Tombstones);
    }

    public InboundConversationState ToState() =>
        new(
            Sender.Address,
            Id,
            Name,
            Secret,
            Decided.Watermark,
            Base,
            Tombstones.ToImmutableArray(),
            Exchange.Sender,
            Exchange.FormerFirst,
            Exchange.FormerLast,
            Exchange.Foreign);
}
