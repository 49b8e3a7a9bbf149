using MixMq.Endpoint.Messaging.Views;
using MixMq.Sphinx;

namespace MixMq.Endpoint.Messaging.Wire;

/// <summary>
/// A view items frame's body, spec/07 §11: the answer to a summary.
/// <code>
///   0  channel[65]   65  nonce[16]   81  time u64 ms   89  records u32   93  differing buckets u64   101  after[32], the summary's
/// 133  more u8: 1 there are items after these   134  count u8   135  items[count × 64], ascending by bucket, then address
/// </code>
/// </summary>
internal readonly ref struct ViewItems
{
    /// <summary>Bytes without items.</summary>
    public const int FixedBytes = ViewChannel.AfterTag + ExchangeNonce.ByteCount + 8 + 4 + 8 + NodeAddress.ByteLength + 1 + 1;

    public required ViewChannel Channel { get; init; }

    public required ExchangeNonce Nonce { get; init; }

    public required long UnixMillis { get; init; }

    public required uint Records { get; init; }

    /// <summary>Bit i: bucket i isn't the asker's.</summary>
    public required ulong Differing { get; init; }

    public required NodeAddress After { get; init; }

    public required bool More { get; init; }

    public required ReadOnlySpan<ViewItem> Items { get; init; }

    /// <summary>Items that fit into a frame of a message of this capacity.</summary>
    public static int MaxItems(int messageCapacity) =>
        Math.Min(byte.MaxValue, (messageCapacity - Frame.HeaderBytes - FixedBytes) / ViewItem.ByteCount);

    /// <summary>Reads a body: well-formed items in differing buckets, in order, after the cursor.</summary>
    /// <param name="body">The body.</param>
    /// <param name="items">What was read; its items are in <paramref name="room"/>.</param>
    /// <param name="room">At least 255 items.</param>
    /// <returns>False: malformed.</returns>
    public static bool TryRead(ReadOnlySpan<byte> body, Span<ViewItem> room, out ViewItems items)
    {
        items = default;
        var reader = new WireReader(body);
        if (!ViewChannel.TryRead(ref reader, out var channel))
        {
            return false;
        }

        var nonce = reader.Take(ExchangeNonce.ByteCount);
        var time = reader.UInt64();
        var records = reader.UInt32();
        var differing = reader.UInt64();
        var afterBytes = reader.Take(NodeAddress.ByteLength);
        var more = reader.Byte();
        var count = reader.Byte();
        if (reader.Failed || time > long.MaxValue || more > 1 || (more == 1 && count == 0) || reader.Rest.Length != count * ViewItem.ByteCount)
        {
            return false;
        }

        var after = NodeAddress.FromBytes(afterBytes);
        var last = new ViewCursor(after);
        for (var i = 0; i < count; i++)
        {
            if (!ViewItem.TryRead(ref reader, out room[i]))
            {
                return false;
            }

            var bucket = ViewBuckets.Of(room[i].Address);
            if ((differing & (1UL << bucket)) == 0 || !last.IsBefore(bucket, room[i].Address))
            {
                return false;
            }

            last = new(room[i].Address);
        }

        items = new()
        {
            Channel = channel,
            Nonce = ExchangeNonce.FromBytes(nonce),
            UnixMillis = (long)time,
            Records = records,
            Differing = differing,
            After = after,
            More = more == 1,
            Items = room[..count],
        };
        return true;
    }

    /// <summary>Writes the body, tag included.</summary>
    /// <returns>Its bytes.</returns>
    public int Write(Span<byte> body, ConversationSecret secret)
    {
        var writer = new WireWriter(body);
        Channel.Write(ref writer);
        Nonce.CopyTo(writer.Take(ExchangeNonce.ByteCount));
        writer.UInt64((ulong)UnixMillis);
        writer.UInt32(Records);
        writer.UInt64(Differing);
        writer.Address(After);
        writer.Byte(More ? (byte)1 : (byte)0);
        writer.Byte(checked((byte)Items.Length));
        foreach (var item in Items)
        {
            item.Write(ref writer);
        }

        ViewChannel.SetTag(FrameType.ViewItems, writer.Written, secret);
        return writer.Length;
    }
}
