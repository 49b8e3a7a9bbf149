using System.Buffers.Binary;
using System.Security.Cryptography;
using MixMq.Crypto;
using MixMq.Endpoint.Messaging.Wire;
using MixMq.Overlay.Topology;
using MixMq.Sphinx;

namespace MixMq.Endpoint.Messaging.Views;

/// <summary>
/// A view's records in 64 buckets by a hash of their addresses, and the keyed hashes over them (spec/07 §11). The order of items is by bucket, then
/// by address.
/// </summary>
internal sealed class ViewBuckets
{
    public const int Count = 64;
    public const int DigestBytes = 8;
    public const int SummaryBytes = Count * DigestBytes;
    private readonly List<LinkStateRecord>[] _buckets = new List<LinkStateRecord>[Count];

    public ViewBuckets(TopologyView view)
    {
        Records = view.Nodes.Length;
        for (var i = 0; i < Count; i++)
        {
            _buckets[i] = [];
        }

        // A view's nodes are in order, so the buckets are.
        foreach (var node in view.Nodes)
        {
            _buckets[Of(node.Address)].Add(node.Record);
        }
    }

    public int Records { get; }

    /// <summary>By ascending address.</summary>
    public List<LinkStateRecord> this[int bucket] => _buckets[bucket];

    public static int Of(NodeAddress address)
    {
        Span<byte> input = stackalloc byte[MessagingLabels.ViewBucket.Length + NodeAddress.ByteLength];
        MessagingLabels.ViewBucket.CopyTo(input);
        address.CopyTo(input[MessagingLabels.ViewBucket.Length..]);
        Span<byte> hash = stackalloc byte[Sha256.HashBytes];
        Sha256.Hash(input, hash);
        return hash[0] % Count;
    }

    /// <summary>The digests of all buckets.</summary>
    /// <param name="secret">The conversation's.</param>
    /// <param name="nonce">The round's.</param>
    /// <param name="digests"><see cref="SummaryBytes"/>.</param>
    public void Digest(ConversationSecret secret, ExchangeNonce nonce, Span<byte> digests)
    {
        using var hash = new Shake256();
        Span<byte> prefix = stackalloc byte[ConversationSecret.ByteCount + ExchangeNonce.ByteCount + 1];
        secret.CopyTo(prefix);
        nonce.CopyTo(prefix[ConversationSecret.ByteCount..]);
        Span<byte> item = stackalloc byte[NodeAddress.ByteLength + 8 + RecordHash.Bytes];
        for (var bucket = 0; bucket < Count; bucket++)
        {
            prefix[^1] = (byte)bucket;
            hash.AppendData(MessagingLabels.ViewDigest);
            hash.AppendData(prefix);
            foreach (var record in _buckets[bucket])
            {
                WriteNames(record, item);
                hash.AppendData(item);
            }

            hash.GetHashAndReset(digests.Slice(bucket * DigestBytes, DigestBytes));
        }

        CryptographicOperations.ZeroMemory(prefix);
    }

    /// <summary>The keyed hash of one record, so that its owner can't look for two bodies that have the same.</summary>
    public static ulong Print(LinkStateRecord record, ConversationSecret secret, ExchangeNonce nonce)
    {
        using var hash = new Shake256();
        Span<byte> prefix = stackalloc byte[ConversationSecret.ByteCount + ExchangeNonce.ByteCount];
        secret.CopyTo(prefix);
        nonce.CopyTo(prefix[ConversationSecret.ByteCount..]);
        Span<byte> item = stackalloc byte[NodeAddress.ByteLength + 8 + RecordHash.Bytes];
        WriteNames(record, item);
        hash.AppendData(MessagingLabels.ViewItem);
        hash.AppendData(prefix);
        hash.AppendData(item);
        Span<byte> print = stackalloc byte[8];
        hash.GetHashAndReset(print);
        CryptographicOperations.ZeroMemory(prefix);
        return BinaryPrimitives.ReadUInt64LittleEndian(print);
    }

    private static void WriteNames(LinkStateRecord record, Span<byte> item)
    {
        record.Address.CopyTo(item);
        BinaryPrimitives.WriteUInt64LittleEndian(item[NodeAddress.ByteLength..], record.Sequence);
        record.Hash.CopyTo(item[(NodeAddress.ByteLength + 8)..]);
    }
}
