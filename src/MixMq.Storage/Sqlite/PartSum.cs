using System.Buffers.Binary;
using System.Security.Cryptography;

namespace MixMq.Storage.Sqlite;

/// <summary>The checksum of a part, over its row's number and its bytes: one that got into another's place is as wrong as one that was changed. See <see cref="RowSum"/>. Not thread-safe.</summary>
internal sealed class PartSum
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    public void Of(long row, ReadOnlySpan<byte> content, Span<byte> sum)
    {
        Span<byte> number = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(number, row);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        _hash.AppendData(number);
        _hash.AppendData(content);
        _hash.GetHashAndReset(hash);
        hash[..RowSum.ByteCount].CopyTo(sum);
    }

    public bool Is(long row, ReadOnlySpan<byte> content, ReadOnlySpan<byte> sum)
    {
        Span<byte> right = stackalloc byte[RowSum.ByteCount];
        Of(row, content, right);
        return right.SequenceEqual(sum);
    }
}
