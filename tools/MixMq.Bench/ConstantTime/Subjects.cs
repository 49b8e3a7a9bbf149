using MixMq.Crypto;
using MixMq.Endpoint.Messaging;
using MixMq.Simulation;
using MixMq.Sphinx;

namespace MixMq.Bench.ConstantTime;

/// <summary>
/// What is measured. Inputs are made beforehand, as many in one class as in the other and laid out alike, so that caches can't tell the
/// classes apart: a fixed secret, too, lies in many places.
/// </summary>
internal sealed class Subjects : IDisposable
{
    /// <summary>Inputs of a class; a power of two.</summary>
    public const int Inputs = 64;

    private const int ScalarBytes = 32;
    private const int BatchPairs = 16;
    private readonly SeededRandomSource _random = new("constant time");
    private readonly Unwrapper _unwrapper = new();
    private readonly AeadContext _aead = new();
    private readonly NetworkDefinition _network;
    private readonly MixKey[][] _keys = [new MixKey[Inputs], new MixKey[Inputs]];
    private readonly byte[][][] _secrets;
    private readonly byte[] _packet;
    private readonly byte[] _received;
    private readonly byte[] _point = new byte[ScalarBytes];
    private readonly byte[] _output = new byte[ScalarBytes];
    private readonly UnwrapResult[] _results = new UnwrapResult[BatchPairs];
    private readonly byte[][] _batch;
    private readonly byte[] _scalars = new byte[BatchPairs * ScalarBytes];
    private readonly byte[] _points = new byte[BatchPairs * ScalarBytes];
    private readonly byte[] _products = new byte[BatchPairs * ScalarBytes];
    private ulong _sum;

    public Subjects()
    {
        _network = NetworkDefinition.TryCreate("bench", PacketGeometry.Default, NetworkDefinition.DefaultMaxDelayMs, out var network, out var error)
            ? network
            : throw new InvalidOperationException(error.ToString());
        var fixedSecret = Random(ScalarBytes);
        fixedSecret.AsSpan(8, 8).Fill(byte.MaxValue);
        _secrets = [Make(() => [.. fixedSecret]), Make(() => Random(ScalarBytes))];
        for (var @class = 0; @class < 2; @class++)
        {
            for (var i = 0; i < Inputs; i++)
            {
                _keys[@class][i] = MixKey.FromSecret(1, _secrets[@class][i], 1, _random);
            }
        }

        X25519.DerivePublic(Random(ScalarBytes), _point);
        _packet = Random(_network.Geometry.PacketBytes);
        _packet[0] = PacketFormat.Version;
        _point.CopyTo(_packet.AsSpan(PacketFormat.AlphaOffset));
        _received = new byte[_packet.Length];
        _batch = [.. Enumerable.Range(0, BatchPairs).Select(_ => new byte[_packet.Length])];
        _random.Fill(_points);
    }

    public IReadOnlyList<Subject> All
    {
        get
        {
            var (wrongFirst, wrongLast) = WrongTags();
            var text = new byte[256];
            var bytes = Random(ConversationSecret.ByteCount);
            var secret = ConversationSecret.FromBytes(bytes);
            byte[][] candidates = [Changed(bytes, 0), Changed(bytes, ConversationSecret.ByteCount - 1)];
            return
            [
                new("unwrap", "fixed and random mix keys", false, 1, 0.2, (@class, i) => Unwrap(_keys[@class][i])),
                new("unwrap of a batch", "fixed and random mix keys", false, 1, 0.02, (@class, i) => UnwrapBatch(@class, i)),
                new("x25519 batch", "fixed and random scalars", false, 1, 0.05, (@class, i) => Multiply(@class, i, BatchPairs)),
                new("x25519 of one pair", "fixed and random scalars", false, 1, 0.2, (@class, i) => Multiply(@class, i, 1)),
                new("x25519 of libcrypto", "fixed and random scalars", false, 1, 0.2, (@class, i) => _sum += X25519.TryDerive(_secrets[@class][i], _point, _output) ? 1u : 0),
                new("blinding product", "fixed and random scalars", false, 1, 1, (@class, i) =>
                    BlindingProduct.Multiply(_secrets[@class][i], _secrets[@class][(i + 1) % Inputs], _output)),
                new("packet tag", "wrong in its first byte and in its last", false, 4, 1, (@class, i) =>
                    _sum += _aead.Open(_secrets[0][0], default, text, @class == 0 ? wrongFirst : wrongLast) ? 1u : 0),
                new("secret comparison", "wrong in its first byte and in its last", false, 100, 1, (@class, i) => _sum += secret.Matches(candidates[@class]) ? 1u : 0),
                new("planted: comparison that ends early", "wrong in its first byte and in its last", true, 100, 1, (@class, i) =>
                    _sum += EndsEarly(candidates[@class], bytes) ? 1u : 0),
                new("planted: unwrap and work for each bit set", "fixed and random mix keys", true, 1, 0.2, (@class, i) =>
                {
                    Unwrap(_keys[@class][i]);
                    WorkForEachBitSet(_secrets[@class][i]);
                }),
            ];
        }
    }

    public void Dispose()
    {
        _unwrapper.Dispose();
        _aead.Dispose();
        foreach (var key in _keys.SelectMany(keys => keys))
        {
            key.Dispose();
        }
    }

    // A packet that authenticates under none of the keys: both ladders' first half, the key schedule, the AEAD, and the keystream that undoes it.
    private void Unwrap(MixKey key)
    {
        _packet.CopyTo(_received.AsSpan());
        if (_unwrapper.Unwrap(_received, _network, [key]).Reason != DropReason.AuthenticationFailed)
        {
            throw new InvalidOperationException("The packet was to fail authentication.");
        }
    }

    // The same in a batch, each packet with a key of its own.
    private void UnwrapBatch(int @class, int first)
    {
        foreach (var packet in _batch)
        {
            _packet.CopyTo(packet.AsSpan());
        }

        var batch = new Batch(_batch, _keys[@class], first);
        _unwrapper.UnwrapBatch(ref batch, _network, _results);
        _sum += (ulong)_results[0].Reason;
    }

    private void Multiply(int @class, int first, int pairs)
    {
        for (var i = 0; i < pairs; i++)
        {
            _secrets[@class][(first + i) % Inputs].CopyTo(_scalars.AsSpan(i * ScalarBytes));
        }

        var bytes = pairs * ScalarBytes;
        X25519Batch.Derive(_scalars.AsSpan(0, bytes), _points.AsSpan(0, bytes), _products.AsSpan(0, bytes));
        _sum += _products[0];
    }

    private static bool EndsEarly(byte[] left, byte[] right)
    {
        for (var i = 0; i < left.Length; i++)
        {
            if (left[i] != right[i])
            {
                return false;
            }
        }

        return true;
    }

    // As a ladder would do that adds where a bit is set and doesn't where it isn't: about a step of X25519 each.
    private void WorkForEachBitSet(byte[] secret)
    {
        foreach (var part in secret)
        {
            for (var bit = 0; bit < 8; bit++)
            {
                for (var step = 0; (part & (1 << bit)) != 0 && step < 10; step++)
                {
                    _sum += SipHash24.Hash(_sum, part, secret.AsSpan(0, 16));
                }
            }
        }
    }

    private (byte[] First, byte[] Last) WrongTags()
    {
        var tag = new byte[AeadContext.TagBytes];
        _aead.Seal(_secrets[0][0], default, new byte[256], tag);
        return (Changed(tag, 0), Changed(tag, AeadContext.TagBytes - 1));
    }

    private static byte[] Changed(byte[] bytes, int at)
    {
        var changed = (byte[])bytes.Clone();
        changed[at] ^= 1;
        return changed;
    }

    private byte[] Random(int length)
    {
        var bytes = new byte[length];
        _random.Fill(bytes);
        return bytes;
    }

    private static byte[][] Make(Func<byte[]> one) => [.. Enumerable.Range(0, Inputs).Select(_ => one())];

    private readonly struct Batch(byte[][] packets, MixKey[] keys, int first) : IUnwrapBatch
    {
        public int Count => packets.Length;

        public Span<byte> Packet(int index) => packets[index];

        public ReadOnlySpan<MixKey> Candidates(int index) => keys.AsSpan((first + index) % Inputs, 1);
    }
}
