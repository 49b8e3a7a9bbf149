using MixMq.Endpoint.Messaging.Wire;

namespace MixMq.Endpoint.Messaging.Anonymous;

/// <summary>
/// The message of a reply that answers about an anonymous message, spec/07 §18.4:
/// <code>
///   0  type u8 = 1   1  state u8   2  gathering u32   6  leading u32   10  stored[0 … 512]
/// </code>
/// Which message it is about its SURB says, and that it comes from the recipient as well.
/// </summary>
internal readonly ref struct AnonymousAnswer
{
    public const int FixedBytes = 10;
    public const byte Type = 1;

    public required AnonymousState State { get; init; }

    /// <summary>Drawn anew whenever the recipient begins to gather: what was said of another one isn't so any more.</summary>
    public uint Gathering { get; init; }

    /// <summary>The fragments below this one are there.</summary>
    public uint Leading { get; init; }

    /// <summary>Bit i: fragment leading + i is there.</summary>
    public ReadOnlySpan<byte> Stored { get; init; }

    /// <summary>Fragments of which one answer of a network can tell, from the lowest that isn't there.</summary>
    public static int Span(int replyCapacity) => Math.Min(MessagingConstants.FragmentSpan, 8 * (replyCapacity - FixedBytes));

    public static bool TryRead(ReadOnlySpan<byte> message, out AnonymousAnswer answer)
    {
        answer = default;
        var reader = new WireReader(message);
        var type = reader.Byte();
        var state = (AnonymousState)reader.Byte();
        var gathering = reader.UInt32();
        var leading = reader.UInt32();
        var stored = reader.Rest;
        if (reader.Failed
            || type != Type
            || state is < AnonymousState.Gathering or > AnonymousState.Refused
            || stored.Length > MessagingConstants.FragmentSpan / 8
            || leading > int.MaxValue
            || (state != AnonymousState.Gathering && (gathering != 0 || leading != 0 || !stored.IsEmpty)))
        {
            return false;
        }

        answer = new() { State = state, Gathering = gathering, Leading = leading, Stored = stored };
        return true;
    }

    /// <summary>Writes it.</summary>
    /// <returns>Its length.</returns>
    public int Write(Span<byte> room)
    {
        var writer = new WireWriter(room);
        writer.Byte(Type);
        writer.Byte((byte)State);
        writer.UInt32(Gathering);
        writer.UInt32(Leading);
        writer.Bytes(Stored);
        return writer.Length;
    }
}
