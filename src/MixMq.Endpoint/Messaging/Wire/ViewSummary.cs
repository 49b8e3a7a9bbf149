using MixMq.Endpoint.Messaging.Views;
using MixMq.Sphinx;

namespace MixMq.Endpoint.Messaging.Wire;

/// <summary>
/// A view summary frame's body, spec/07 §11: asks for the items of the buckets whose digests differ.
/// <code>
///   0  channel[65]   65  nonce[16]   81  time u64 ms   89  records u32   93  after[32], zeros: from the first   125  digests[64 × 8]
/// </code>
/// </summary>
internal readonly ref struct ViewSummary
{
    public const int ByteCount = ViewChannel.AfterTag + ExchangeNonce.ByteCount + 8 + 4 + NodeAddress.ByteLength + ViewBuckets.SummaryBytes;

    public required ViewChannel Channel { get; init; }

    public required ExchangeNonce Nonce { get; init; }

    public required long UnixMillis { get; init; }

    public required uint Records { get; init; }

    /// <summary>Items up to this one, in the order of buckets and addresses, are known; default: none.</summary>
    public required NodeAddress After { get; init; }

    /// <summary><see cref="ViewBuckets.SummaryBytes"/>.</summary>
    public required ReadOnlySpan<byte> Digests { get; init; }

    public static bool TryRead(ReadOnlySpan<byte> body, out ViewSummary summary)
    {
        summary = default;
        var reader = new WireReader(body);
        if (body.Length != ByteCount || !ViewChannel.TryRead(ref reader, out var channel))
        {
            return false;
        }

        var nonce = reader.Take(ExchangeNonce.ByteCount);
        var time = reader.UInt64();
        var records = reader.UInt32();
        var after = reader.Take(NodeAddress.ByteLength);
        var digests = reader.Take(ViewBuckets.SummaryBytes);
        if (!reader.AtEnd || time > long.MaxValue)
        {
            return false;
        }

        summary = new()
        {
            Channel = channel,
            Nonce = ExchangeNonce.FromBytes(nonce),
            UnixMillis = (long)time,
            Records = records,
            After = NodeAddress.FromBytes(after),
            Digests = digests,
        };
        return true;
    }

    /// <summary>Writes the body, tag included.</summary>
    public void Write(Span<byte> body, ConversationSecret secret)
    {
        var writer = new WireWriter(body[..ByteCount]);
        Channel.Write(ref writer);
        Nonce.CopyTo(writer.Take(ExchangeNonce.ByteCount));
        writer.UInt64((ulong)UnixMillis);
        writer.UInt32(Records);
        writer.Address(After);
        writer.Bytes(Digests);
        ViewChannel.SetTag(FrameType.ViewSummary, writer.Written, secret);
    }
}
