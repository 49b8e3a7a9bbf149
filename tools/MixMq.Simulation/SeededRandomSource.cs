using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using MixMq.Crypto;

namespace MixMq.Simulation;

/// <summary>
/// Random bytes that are the same in every run: the SHAKE256 stream of a seed. For draws beyond the first 64 KiB, further blocks of that size
/// are SHAKE256(seed ‖ u64 block number), since OpenSSL 3.0 can't squeeze piece by piece. One thread at a time.
/// </summary>
public sealed class SeededRandomSource : IRandomSource
{
    private const int BlockBytes = 1 << 16;
    private const int FirstBytes = 1 << 12;
    private readonly byte[] _seed;
    private byte[] _block = [];
    private ulong _number;
    private int _used;

    public SeededRandomSource(ReadOnlySpan<byte> seed) => _seed = seed.ToArray();

    public SeededRandomSource(string seed)
        : this(Encoding.UTF8.GetBytes(seed))
    {
    }

    public SeededRandomSource(long seed)
    {
        _seed = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(_seed, seed);
    }

    public void Fill(Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            if (_used == _block.Length)
            {
                Grow();
            }

            var take = Math.Min(destination.Length, _block.Length - _used);
            _block.AsSpan(_used, take).CopyTo(destination);
            _used += take;
            destination = destination[take..];
        }
    }

    private void Grow()
    {
        if (_number == 0 && _block.Length < BlockBytes)
        {
            // A longer output of SHAKE256 begins with the shorter one.
            _block = Shake256.HashData(_seed, _block.Length == 0 ? FirstBytes : _block.Length * 2);
            return;
        }

        _number++;
        var input = new byte[_seed.Length + sizeof(ulong)];
        _seed.CopyTo(input, 0);
        BinaryPrimitives.WriteUInt64LittleEndian(input.AsSpan(_seed.Length), _number);
        _block = Shake256.HashData(input, BlockBytes);
        _used = 0;
    }
}
