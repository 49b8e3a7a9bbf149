using System.Runtime.InteropServices;

namespace MixMq.Sphinx;

/// <summary>The outcome of unwrapping: one of the kinds of <see cref="UnwrapKind"/>, with that kind's fields and no others set.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct UnwrapResult
{
    private UnwrapResult(UnwrapKind kind) => Kind = kind;

    /// <summary>Which outcome this is.</summary>
    public UnwrapKind Kind { get; }

    /// <summary>Dropped: why.</summary>
    public DropReason Reason { get; private init; }

    /// <summary>Relay: where the packet, which is now in the span, goes next. It may be any 32 bytes; only a neighbour is sent to.</summary>
    public NodeAddress Next { get; private init; }

    /// <summary>Relay: how long to hold it, in milliseconds, at most the network's cap.</summary>
    public uint DelayMs { get; private init; }

    /// <summary>Reply: which SURB it answers.</summary>
    public SurbId SurbId { get; private init; }

    /// <summary>Deliver: where the message starts in the packet. Reply: where lane B starts.</summary>
    public int Offset { get; private init; }

    /// <summary>Deliver: bytes of the message. Reply: bytes of lane B.</summary>
    public int Length { get; private init; }

    /// <summary>The outcome of a packet that goes no further.</summary>
    /// <param name="reason">Why.</param>
    /// <returns>The outcome.</returns>
    public static UnwrapResult Dropped(DropReason reason) => new(UnwrapKind.Dropped) { Reason = reason };

    /// <summary>The outcome of a packet that goes on.</summary>
    /// <param name="next">Where to.</param>
    /// <param name="delayMs">How long to hold it, in milliseconds.</param>
    /// <returns>The outcome.</returns>
    public static UnwrapResult Relay(NodeAddress next, uint delayMs) => new(UnwrapKind.Relay) { Next = next, DelayMs = delayMs };

    /// <summary>The outcome of a packet whose message is for this node.</summary>
    /// <param name="offset">Where the message starts in the packet.</param>
    /// <param name="length">Its bytes.</param>
    /// <returns>The outcome.</returns>
    public static UnwrapResult Deliver(int offset, int length) => new(UnwrapKind.Deliver) { Offset = offset, Length = length };

    /// <summary>The outcome of a packet that answers a SURB of this node.</summary>
    /// <param name="surbId">Which.</param>
    /// <param name="offset">Where lane B starts in the packet.</param>
    /// <param name="length">Its bytes.</param>
    /// <returns>The outcome.</returns>
    public static UnwrapResult Reply(SurbId surbId, int offset, int length) =>
        new(UnwrapKind.Reply) { SurbId = surbId, Offset = offset, Length = length };

    /// <summary>The outcome of cover traffic that ends here.</summary>
    /// <returns>The outcome.</returns>
    public static UnwrapResult Cover() => new(UnwrapKind.Cover);

    /// <summary>The kind and, if dropped, the reason; no address and no id, so that a log can't betray either.</summary>
    /// <returns>A short text.</returns>
    public override string ToString() => Kind == UnwrapKind.Dropped ? $"{Kind} ({Reason})" : Kind.ToString();
}
