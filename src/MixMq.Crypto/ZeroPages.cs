using MixMq.Crypto.Interop;

namespace MixMq.Crypto;

/// <summary>
/// A large zeroed table outside the GC heap. Pages become resident when they are first written, so an empty table costs address space only.
/// </summary>
/// <remarks>
/// Mapped directly: an allocator may serve a second calloc of the same size from recycled heap, clear it eagerly, and make all of it resident.
/// Left out of core dumps. Reading and disposing at the same time is the caller's bug.
/// </remarks>
public sealed class ZeroPages : IDisposable
{
    private readonly PageHandle _pages;
    private readonly nint _address;

    /// <summary>Reserves the table.</summary>
    /// <param name="length">Bytes; at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The length is below 1.</exception>
    /// <exception cref="System.ComponentModel.Win32Exception">The system has no room for it.</exception>
    public ZeroPages(long length)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 1);
        Length = length;
        _pages = PageHandle.Map((nuint)length, secret: false);
        _address = _pages.DangerousGetHandle();
    }

    /// <summary>Bytes in the table.</summary>
    public long Length { get; }

    /// <summary>A part of the table, to read and write; valid until <see cref="Dispose"/>.</summary>
    /// <param name="offset">Where the part starts; 0 to <see cref="Length"/>.</param>
    /// <param name="length">Bytes in the part; it ends within the table.</param>
    /// <returns>The part itself, not a copy.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The part isn't within the table.</exception>
    /// <exception cref="ObjectDisposedException">The table is gone.</exception>
    public unsafe Span<byte> Slice(long offset, int length)
    {
        ObjectDisposedException.ThrowIf(_pages.IsClosed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Length - length);
        return new Span<byte>((byte*)_address + offset, length);
    }

    /// <summary>Gives the memory back to the system. May be called again.</summary>
    public void Dispose() => _pages.Dispose();
}
