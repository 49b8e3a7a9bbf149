using System.Buffers.Binary;

namespace MixMq.Cli.Benchmarks;

/// <summary>Bytes made from a seed and their own place, as many as wanted: what arrives is looked at without keeping what was sent.</summary>
internal sealed class PatternStream(ulong seed, long length) : Stream
{
    private long _position;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => length;

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    /// <summary>Whether these are the bytes from an offset on.</summary>
    public static bool Matches(ulong seed, long offset, ReadOnlySpan<byte> bytes)
    {
        Span<byte> expected = stackalloc byte[8];
        for (var i = 0; i < bytes.Length;)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(expected, Word(seed, (offset + i) / 8));
            var skipped = (int)((offset + i) % 8);
            var some = Math.Min(8 - skipped, bytes.Length - i);
            if (!bytes.Slice(i, some).SequenceEqual(expected.Slice(skipped, some)))
                return false;
            i += some;
        }

        return true;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        var count = (int)Math.Min(buffer.Length, length - _position);
        Span<byte> word = stackalloc byte[8];
        for (var i = 0; i < count;)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(word, Word(seed, _position / 8));
            var skipped = (int)(_position % 8);
            var some = Math.Min(8 - skipped, count - i);
            word.Slice(skipped, some).CopyTo(buffer[i..]);
            i += some;
            _position += some;
        }

        return count;
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => ValueTask.FromResult(Read(buffer.Span));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    // SplitMix64.
    private static ulong Word(ulong seed, long index)
    {
        var z = seed + ((ulong)(index + 1) * 0x9E3779B97F4A7C15);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
