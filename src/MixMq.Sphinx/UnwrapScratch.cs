using System.Security.Cryptography;
using MixMq.Crypto;

namespace MixMq.Sphinx;

/// <summary>
/// A worker's memory for the packets that it unwraps together: what both ladders take and give, in the order of their pairs, and every packet's keys.
/// </summary>
/// <remarks>Off the GC heap, since all of it is secret but the points. One thread at a time.</remarks>
internal sealed class UnwrapScratch : IDisposable
{
    private const int ScalarsOffset = 0;
    private const int PointsOffset = ScalarsOffset + (Unwrapper.MaxBatch * X25519.KeyBytes);
    private const int KeysOffset = PointsOffset + (Unwrapper.MaxBatch * X25519.KeyBytes);
    private const int Length = KeysOffset + (Unwrapper.MaxBatch * HopKeys.ByteLength);
    private readonly SecretBytes _bytes = new(Length);

    // Not secret, but references, which can't be on the stack.
    private readonly MixKey?[] _held = new MixKey?[Unwrapper.MaxBatch];

    /// <summary>The key that is in use for a packet; released by <see cref="Clear"/> if nobody does before.</summary>
    public ref MixKey? Held(int packet) => ref _held[packet];

    /// <summary>The scalar of a pair.</summary>
    public Span<byte> Scalar(int pair) => _bytes.Span.Slice(ScalarsOffset + (pair * X25519.KeyBytes), X25519.KeyBytes);

    /// <summary>The point of a pair, and after <see cref="Multiply"/> the product.</summary>
    public Span<byte> Point(int pair) => _bytes.Span.Slice(PointsOffset + (pair * X25519.KeyBytes), X25519.KeyBytes);

    /// <summary>Where a packet's keys are.</summary>
    public Span<byte> Keys(int packet) => _bytes.Span.Slice(KeysOffset + (packet * HopKeys.ByteLength), HopKeys.ByteLength);

    /// <summary>Puts the product of each pair in its point's place; all zero where the point is of small order.</summary>
    public void Multiply(int pairs)
    {
        var points = _bytes.Span.Slice(PointsOffset, pairs * X25519.KeyBytes);
        X25519Batch.Derive(_bytes.Span.Slice(ScalarsOffset, pairs * X25519.KeyBytes), points, points);
    }

    /// <summary>Stops using a packet's key.</summary>
    public void Release(int packet)
    {
        _held[packet]?.Release();
        _held[packet] = null;
    }

    /// <summary>Zeroes what a number of packets has used, and releases their keys.</summary>
    public void Clear(int packets)
    {
        CryptographicOperations.ZeroMemory(_bytes.Span.Slice(ScalarsOffset, packets * X25519.KeyBytes));
        CryptographicOperations.ZeroMemory(_bytes.Span.Slice(PointsOffset, packets * X25519.KeyBytes));
        CryptographicOperations.ZeroMemory(_bytes.Span.Slice(KeysOffset, packets * HopKeys.ByteLength));
        for (var i = 0; i < packets; i++)
        {
            Release(i);
        }
    }

    /// <summary>Whether all of it is zero and no key is held, as after <see cref="Clear"/>.</summary>
    public bool IsClear => !_bytes.Span.ContainsAnyExcept((byte)0) && _held.AsSpan().IndexOfAnyExcept((MixKey?)null) < 0;

    public void Dispose() => _bytes.Dispose();
}
