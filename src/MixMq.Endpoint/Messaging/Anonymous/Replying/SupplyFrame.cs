using MixMq.Endpoint.Messaging.Wire;
using MixMq.Sphinx;

namespace MixMq.Endpoint.Messaging.Anonymous.Replying;

/// <summary>
/// A supply frame's body, spec/07 §18.7, alone in its packet: what the asker has of the reply to its message, and SURBs for the rest:
/// <code>
///   0  secret[32]   32  state u8   33  asks u8   34  count u32   38  leading u32   42  n u8   43  SURBs, n × s   …  there[0 … 32]
/// </code>
/// There is no tag, as in an anonymous frame.
/// </summary>
internal readonly ref struct SupplyFrame
{
    /// <summary>Bytes before the SURBs.</summary>
    public const int FixedBytes = AnonymousConstants.SecretBytes + 1 + 1 + 4 + 4 + 1;

    /// <summary>Where the first SURB stands in the packet's message.</summary>
    public const int SurbOffset = Frame.HeaderBytes + FixedBytes;
    private const int MaxThereBytes = AnonymousConstants.ReplySpan / 8;

    public required ReadOnlySpan<byte> Secret { get; init; }

    public required SupplyState State { get; init; }

    /// <summary>An answer is wanted also if there is nothing to send.</summary>
    public bool Asks { get; init; }

    /// <summary>Fragments that the reply has; 0: none of them is there, so that isn't known.</summary>
    public uint Count { get; init; }

    /// <summary>The fragments below this one are there.</summary>
    public uint Leading { get; init; }

    /// <summary>As long as so many SURBs of the network.</summary>
    public ReadOnlySpan<byte> Surbs { get; init; }

    /// <summary>Bit i: fragment leading + i is there.</summary>
    public ReadOnlySpan<byte> There { get; init; }

    /// <summary>SURBs that one packet brings at most; 0: this network's packets have no room for replies.</summary>
    public static int MostSurbs(PacketGeometry geometry) =>
        Math.Clamp((geometry.MessageCapacity - SurbOffset - MaxThereBytes) / Sphinx.Sending.Surb.WireBytes(geometry), 0, byte.MaxValue);

    /// <summary>Reads a frame and checks what can be checked without knowing the message.</summary>
    /// <returns>False: not a supply frame of this network.</returns>
    public static bool TryRead(ReadOnlySpan<byte> body, PacketGeometry geometry, out SupplyFrame frame)
    {
        frame = default;
        var reader = new WireReader(body);
        var secret = reader.Take(AnonymousConstants.SecretBytes);
        var state = (SupplyState)reader.Byte();
        var asks = reader.Byte();
        var count = reader.UInt32();
        var leading = reader.UInt32();
        var surbs = reader.Take(reader.Byte() * Sphinx.Sending.Surb.WireBytes(geometry));
        var there = reader.Rest;
        if (reader.Failed
            || state is not (SupplyState.Waiting or SupplyState.Received)
            || asks > 1
            || count > ReplyPiece.MaxCount(geometry)
            || leading > count
            || there.Length > MaxThereBytes
            || (state == SupplyState.Received && (count != 0 || !there.IsEmpty)))
        {
            return false;
        }

        frame = new() { Secret = secret, State = state, Asks = asks == 1, Count = count, Leading = leading, Surbs = surbs, There = there };
        return true;
    }

    /// <summary>Writes the whole frame but for its SURBs, whose room is left zero.</summary>
    /// <param name="packet">The packet's message, at least as long as the frame.</param>
    /// <param name="geometry">The network's.</param>
    /// <param name="surbs">How many SURBs there are to be, at most <see cref="MostSurbs"/>.</param>
    /// <returns>The frame's length, header included.</returns>
    public int Write(Span<byte> packet, PacketGeometry geometry, int surbs)
    {
        var room = surbs * Sphinx.Sending.Surb.WireBytes(geometry);
        var length = FixedBytes + room + There.Length;
        Frame.WriteHeader(packet, FrameType.Supply, length);
        var writer = new WireWriter(packet[Frame.HeaderBytes..]);
        writer.Bytes(Secret);
        writer.Byte((byte)State);
        writer.Byte(Asks ? (byte)1 : (byte)0);
        writer.UInt32(Count);
        writer.UInt32(Leading);
        writer.Byte(checked((byte)surbs));
        writer.Take(room).Clear();
        writer.Bytes(There);
        return Frame.HeaderBytes + length;
    }
}
