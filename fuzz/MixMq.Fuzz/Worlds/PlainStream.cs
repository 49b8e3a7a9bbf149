using System.Net.Security;

namespace MixMq.Fuzz.Worlds;

/// <summary>Bytes from a peer where a connection expects what TLS has decrypted: given out in pieces, then at its end. What is written is dropped.</summary>
internal sealed class PlainStream(ReadOnlyMemory<byte> bytes, int pieceBytes) : SslStream(new MemoryStream())
{
    private ReadOnlyMemory<byte> _rest = bytes;

    public override bool CanRead => true;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = Math.Min(Math.Min(buffer.Length, pieceBytes), _rest.Length);
        _rest[..count].CopyTo(buffer);
        _rest = _rest[count..];
        return ValueTask.FromResult(count);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => ValueTask.CompletedTask;

    public override Task ShutdownAsync() => Task.CompletedTask;
}
