namespace MixMq.Transport.Links;

/// <summary>
/// The raw stream below TLS, with an upper bound on what may be read until the peer has proved who it is. Past the bound
/// the connection is torn down with an <see cref="IOException"/>, before TLS buffers more of it.
/// </summary>
internal sealed class HandshakeBudgetStream : Stream
{
    /// <summary>Bytes that an unauthenticated peer may send.</summary>
    internal const long LimitBytes = 64 * 1024;

    private readonly Stream _inner;
    private long _remaining = LimitBytes;
    private volatile bool _lifted;

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

    /// <summary>The peer is authenticated: no bound from now on. May be called from any thread.</summary>
    internal void Lift() => _lifted = true;

    // An authenticated peer's reads are the socket's own: a task in between would be an allocation for each.
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _lifted ? _inner.ReadAsync(buffer, cancellationToken) : ReadCountedAsync(buffer, cancellationToken);

    private async ValueTask<int> ReadCountedAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var read = await _inner.ReadAsync(buffer, cancellationToken);
        if (!_lifted)
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
