using MixMq.Crypto.Interop;

namespace MixMq.Crypto;

/// <summary>
/// Secret bytes of fixed length, outside the GC heap: on pages of their own, locked into memory where the system allows it, left out of
/// core dumps and forked children, zeroed on dispose (or finalization).
/// </summary>
/// <remarks>
/// It has no content-based equality and prints nothing. Reading and disposing at the same time is the caller's bug; who shares a secret
/// between threads counts its users (as a mix key does).
/// </remarks>
public sealed class SecretBytes : IDisposable
{
    private const int PageBytes = 4096;
    private readonly PageHandle _pages;
    private readonly nint _address;

    /// <summary>Takes zeroed secret memory.</summary>
    /// <param name="length">Bytes; at least 1, at most 1 MiB.</param>
    /// <exception cref="ArgumentOutOfRangeException">The length is out of its range.</exception>
    public SecretBytes(int length)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, 1 << 20);
        Length = length;
        _pages = PageHandle.Map((nuint)((length + PageBytes - 1) / PageBytes * PageBytes), secret: true);
        _address = _pages.DangerousGetHandle();
    }

    /// <summary>How many bytes there are.</summary>
    public int Length { get; }

    /// <summary>The bytes themselves, to read and write; valid until <see cref="Dispose"/>.</summary>
    /// <exception cref="ObjectDisposedException">They have been destroyed.</exception>
    public unsafe Span<byte> Span
    {
        get
        {
            ObjectDisposedException.ThrowIf(_pages.IsClosed, this);
            return new Span<byte>((void*)_address, Length);
        }
    }

    /// <summary>Copies bytes into secret memory; clearing the origin is the caller's part.</summary>
    /// <param name="source">1 byte to 1 MiB.</param>
    /// <returns>A new secret, owned by the caller.</returns>
    public static SecretBytes CopyOf(ReadOnlySpan<byte> source)
    {
        var secret = new SecretBytes(source.Length);
        source.CopyTo(secret.Span);
        return secret;
    }

    /// <summary>Draws a random secret.</summary>
    /// <param name="length">1 byte to 1 MiB.</param>
    /// <param name="random">The source to draw from.</param>
    /// <returns>A new secret, owned by the caller.</returns>
    public static SecretBytes Random(int length, IRandomSource random)
    {
        ArgumentNullException.ThrowIfNull(random);
        var secret = new SecretBytes(length);
        random.Fill(secret.Span);
        return secret;
    }

    /// <summary>Zeroes the bytes and gives the memory back. May be called again.</summary>
    public void Dispose() => _pages.Dispose();
}
