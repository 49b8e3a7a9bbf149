namespace MixMq.Transport.Dialling;

/// <summary>Reads and writes whole pieces on a connection. A proxy that hangs up is an outcome (false), not an exception.</summary>
internal static class ProxyStream
{
    internal static async Task<bool> TryWriteAsync(Stream stream, ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        try
        {
            await stream.WriteAsync(bytes, cancellation);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>Exactly so many bytes and not one more: what follows may be the peer's.</summary>
    internal static async Task<bool> TryReadAsync(Stream stream, Memory<byte> buffer, CancellationToken cancellation)
    {
        try
        {
            return await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellation) == buffer.Length;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
