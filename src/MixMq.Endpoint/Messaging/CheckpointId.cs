using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using MixMq.Endpoint.Messaging.Wire;
using MixMq.Sphinx;

namespace MixMq.Endpoint.Messaging;

/// <summary>Names a checkpoint: 16 bytes that the application draws at random, once, and repeats when it repeats the checkpoint.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct CheckpointId
{
    /// <summary>Bytes of an id.</summary>
    public const int ByteCount = 16;

    private readonly UInt128 _value;

    private CheckpointId(UInt128 value) => _value = value;

    /// <summary>Takes an id from its 16 bytes.</summary>
    /// <exception cref="ArgumentException">Another length.</exception>
    public static CheckpointId FromBytes(ReadOnlySpan<byte> bytes) => bytes.Length == ByteCount
        ? new(BinaryPrimitives.ReadUInt128BigEndian(bytes))
        : throw new ArgumentException("A checkpoint id has 16 bytes.", nameof(bytes));

    /// <summary>The 16 bytes in an array of its own.</summary>
    public byte[] ToArray()
    {
        var bytes = new byte[ByteCount];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, _value);
        return bytes;
    }

    /// <summary>The id of the message that is a checkpoint's send of this number (spec/07 §9): a repeated checkpoint sends the same messages.</summary>
    /// <param name="own">The sending node.</param>
    /// <param name="index">From 0.</param>
    public MessageId MessageAt(NodeAddress own, int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(MessagingLabels.Checkpoint);
        Span<byte> address = stackalloc byte[NodeAddress.ByteLength];
        own.CopyTo(address);
        hash.AppendData(address);
        hash.AppendData(ToArray());
        Span<byte> number = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(number, (uint)index);
        hash.AppendData(number);
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        hash.GetHashAndReset(digest);
        return MessageId.FromBytes(digest[..MessageId.ByteCount]);
    }

    /// <summary>32 hexadecimal digits.</summary>
    public override string ToString() => Convert.ToHexStringLower(ToArray());
}
