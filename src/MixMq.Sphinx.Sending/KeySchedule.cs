using System.Security.Cryptography;
using MixMq.Crypto;

namespace MixMq.Sphinx.Sending;

/// <summary>
/// Alpha and the keys of every hop, of several packets at once: hop after hop, two ladders for each packet, because blinding scalars multiply (see
/// <see cref="BlindingProduct"/>), and all ladders of a hop in one call of <see cref="X25519Batch"/>.
/// </summary>
/// <remarks>
/// Source: spec/03-sphinx.md, section 6, step 2. Order: write <see cref="Scalar"/> of each packet, <see cref="Derive"/>, use the keys,
/// <see cref="Forget"/>. One thread at a time.
/// </remarks>
internal sealed class KeySchedule : IDisposable
{
    private const byte BasePoint = 9;
    private readonly int _packets;
    private readonly SecretBytes _keys;
    private readonly SecretBytes _scalars;
    private readonly SecretBytes _pairScalars;
    private readonly SecretBytes _points;
    private readonly byte[] _alphas;

    /// <summary>Takes memory for a number of packets.</summary>
    internal KeySchedule(int packets)
    {
        _packets = packets;
        _keys = new SecretBytes(packets * PacketGeometry.MaxHops * HopKeys.ByteLength);
        _scalars = new SecretBytes(packets * X25519.KeyBytes);
        _pairScalars = new SecretBytes(2 * packets * X25519.KeyBytes);
        _points = new SecretBytes(2 * packets * X25519.KeyBytes);
        _alphas = new byte[packets * PacketGeometry.MaxHops * PacketFormat.AlphaBytes];
    }

    /// <summary>Where a packet's ephemeral scalar is put, and then its products with blinding scalars are.</summary>
    internal Span<byte> Scalar(int packet) => Piece(_scalars.Span, packet, X25519.KeyBytes);

    /// <summary>Alpha as a hop of a packet receives it.</summary>
    internal Span<byte> Alpha(int packet, int hop) => Piece(_alphas, (packet * PacketGeometry.MaxHops) + hop, PacketFormat.AlphaBytes);

    /// <summary>The keys of a hop of a packet, after <see cref="Derive"/>.</summary>
    internal HopKeys Keys(int packet, int hop) => new(KeyBytes(packet, hop));

    /// <summary>Derives the keys of all packets whose result is <see cref="WrapResult.Wrapped"/>; one with a key of small order on its path gets another.</summary>
    /// <param name="batch">Gives the paths.</param>
    /// <param name="first">The batch's packet that is the schedule's first.</param>
    /// <param name="network">The network.</param>
    /// <param name="results">One for each of the schedule's packets.</param>
    internal void Derive<TBatch>(ref TBatch batch, int first, NetworkDefinition network, scoped Span<WrapResult> results)
        where TBatch : struct, IWrapBatch, allows ref struct
    {
        Span<int> active = stackalloc int[_packets];
        for (var hop = 0; hop < PacketGeometry.MaxHops; hop++)
        {
            var count = 0;
            for (var i = 0; i < results.Length; i++)
            {
                if (results[i] == WrapResult.Wrapped && hop < batch.Path(first + i).Length)
                {
                    Scalar(i).CopyTo(Piece(_pairScalars.Span, 2 * count, X25519.KeyBytes));
                    Scalar(i).CopyTo(Piece(_pairScalars.Span, (2 * count) + 1, X25519.KeyBytes));
                    Base(Point(2 * count));
                    batch.Path(first + i)[hop].MixPublic.CopyTo(Point((2 * count) + 1));
                    active[count++] = i;
                }
            }

            if (count == 0)
            {
                return;
            }

            var points = _points.Span[..(2 * count * X25519.KeyBytes)];
            X25519Batch.Derive(_pairScalars.Span[..points.Length], points, points);
            for (var j = 0; j < count; j++)
            {
                var i = active[j];
                var shared = Point((2 * j) + 1);
                if (!shared.ContainsAnyExcept((byte)0))
                {
                    results[i] = WrapResult.UnusableMixKey;
                    continue;
                }

                Point(2 * j).CopyTo(Alpha(i, hop));
                var keys = HopKeys.Derive(network, shared, Alpha(i, hop), batch.Path(first + i)[hop].MixPublic, KeyBytes(i, hop));
                BlindingProduct.Multiply(Scalar(i), keys.Blind, Scalar(i));
            }
        }
    }

    /// <summary>Zeroes what a number of packets with paths of at most a number of hops has used.</summary>
    internal void Forget(int packets, int hops)
    {
        CryptographicOperations.ZeroMemory(_scalars.Span[..(packets * X25519.KeyBytes)]);
        CryptographicOperations.ZeroMemory(_pairScalars.Span[..(2 * packets * X25519.KeyBytes)]);
        CryptographicOperations.ZeroMemory(_points.Span[..(2 * packets * X25519.KeyBytes)]);
        for (var i = 0; i < packets; i++)
        {
            CryptographicOperations.ZeroMemory(_keys.Span.Slice(i * PacketGeometry.MaxHops * HopKeys.ByteLength, hops * HopKeys.ByteLength));
        }
    }

    /// <summary>Whether nothing secret is left: for tests.</summary>
    internal bool IsClear => IsZero(_keys) && IsZero(_scalars) && IsZero(_pairScalars) && IsZero(_points);

    public void Dispose()
    {
        _keys.Dispose();
        _scalars.Dispose();
        _pairScalars.Dispose();
        _points.Dispose();
    }

    private static void Base(Span<byte> point)
    {
        point.Clear();
        point[0] = BasePoint;
    }

    private static bool IsZero(SecretBytes secret) => !secret.Span.ContainsAnyExcept((byte)0);

    private static Span<byte> Piece(Span<byte> bytes, int index, int length) => bytes.Slice(index * length, length);

    private Span<byte> Point(int pair) => Piece(_points.Span, pair, X25519.KeyBytes);

    private Span<byte> KeyBytes(int packet, int hop) => Piece(_keys.Span, (packet * PacketGeometry.MaxHops) + hop, HopKeys.ByteLength);
}
