using System.Runtime.CompilerServices;

namespace MixMq.Transport.Links;

/// <summary>
/// The raw stream below TLS, with an upper bound on what may be read until the peer has proved who it is. Past the bound
/// the connection is torn down with an <see cref="IOException"/>, before TLS buffers more of it. From then on it reads at the connection's pace.
/// </summary>
internal sealed class HandshakeBudgetStream : Stream
{
    /// <summary>Bytes that an unauthenticated peer may send.</summary>
    internal const long LimitBytes = 64 * 1024;

    private readonly Stream _inner;
    private long _remaining = LimitBytes;
    private volatile ReadPace? _pace;

    internal HandshakeBudgetStream(Stream inner) => _inner = inner;

    /// <summary>Whether the peer sent more than it was allowed.</summary>
    internal bool Exceeded { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>The peer is authenticated: no bound from now on, but a pace. May be called from any thread.</summary>
    internal void Lift(ReadPace pace) => _pace = pace;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _pace is { } pace ? ReadPacedAsync(pace, buffer, cancellationToken) : ReadCountedAsync(buffer, cancellationToken);

    // Pooled: a task for each read would be an allocation for each.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> ReadPacedAsync(ReadPace pace, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        await pace.WaitAsync();
        var read = await _inner.ReadAsync(buffer, cancellationToken);
        pace.HasRead(read, buffer.Length);
        return read;
    }

    private async ValueTask<int> ReadCountedAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var read = await _inner.ReadAsync(buffer, cancellationToken);
        if (_pace is null)
        {
            _remaining -= read;
            if (_remaining < 0)
            {
                Exceeded = true;
                throw new IOException("The peer sent more than an unauthenticated peer may.");
            }
        }

        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        _inner.WriteAsync(buffer, cancellationToken);

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        _inner.WriteAsync(buffer, offset, count, cancellationToken);

    public override Task FlushAsync(CancellationToken cancellationToken) => _inner.FlushAsync(cancellationToken);

    public override void Flush() => _inner.Flush();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Links read asynchronously.");

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("Links write asynchronously.");

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override async ValueTask DisposeAsync()
    {
        await _inner.DisposeAsync();
        await base.DisposeAsync();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _inner.Dispose();
        }

        base.Dispose(disposing);
    }
}
