using System.Net.Sockets;

namespace MixMq.Transport.Dialling;

/// <summary>Reads and writes whole pieces on a socket. A proxy that hangs up is an outcome (false), not an exception.</summary>
internal static class ProxySocket
{
    internal static async Task<bool> TrySendAsync(Socket socket, ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        try
        {
            while (!bytes.IsEmpty)
            {
                bytes = bytes[await socket.SendAsync(bytes, cancellation)..];
            }

            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>Exactly so many bytes and not one more: what follows may be the peer's.</summary>
    internal static async Task<bool> TryReceiveAsync(Socket socket, Memory<byte> buffer, CancellationToken cancellation)
    {
        try
        {
            while (!buffer.IsEmpty)
            {
                var read = await socket.ReceiveAsync(buffer, cancellation);
                if (read == 0)
                {
                    return false;
                }

                buffer = buffer[read..];
            }

            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
