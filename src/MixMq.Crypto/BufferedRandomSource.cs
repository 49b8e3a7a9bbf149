using System.Security.Cryptography;

namespace MixMq.Crypto;

/// <summary>
/// The operating system's random generator, a block at a time: a call of it costs more than a hundred bytes of it. What was given out is cleared here at
/// once, so that no later look at this memory tells an earlier draw. One thread at a time.
/// </summary>
public sealed class BufferedRandomSource : IRandomSource, IDisposable
{
    private const int BlockBytes = 1024;

    /// <summary>Larger draws go past the block.</summary>
    private const int LargestKept = BlockBytes / 8;

    private readonly SecretBytes _block = new(BlockBytes);
    private int _used = BlockBytes;

    /// <inheritdoc/>
    public void Fill(Span<byte> destination)
    {
        if (destination.Length > LargestKept)
        {
            RandomNumberGenerator.Fill(destination);
            return;
        }

        if (destination.Length > BlockBytes - _used)
        {
            RandomNumberGenerator.Fill(_block.Span);
            _used = 0;
        }

        Span<byte> drawn = _block.Span.Slice(_used, destination.Length);
        drawn.CopyTo(destination);
        CryptographicOperations.ZeroMemory(drawn);
        _used += destination.Length;
    }

    /// <summary>Clears what wasn't given out.</summary>
    public void Dispose() => _block.Dispose();
}
