using System.Security.Cryptography;

namespace MixMq.Endpoint.Messaging.Receiving;

/// <summary>
/// SHA-256 over a partial's stored content, taken while it comes in: when the last fragment is stored, little is left to be read. In memory alone; after a start it
/// begins anew.
/// </summary>
internal sealed class PartialHash : IDisposable
{
    /// <summary>Bytes of one read: enough to make it worth while, and little enough not to hold up what else is read.</summary>
    public const int ReadBytes = 256 * 1024;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>Bytes of the content hashed so far.</summary>
    public long Hashed { get; private set; }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        _hash.AppendData(bytes);
        Hashed += bytes.Length;
    }

    /// <summary>Whether all that was appended has this hash. Once.</summary>
    public bool Is(ReadOnlySpan<byte> expected) => _hash.GetHashAndReset().AsSpan().SequenceEqual(expected);

    public void Dispose() => _hash.Dispose();
}
