using System.Net.Sockets;
using MixMq.Overlay.Links;

namespace MixMq.Transport.Links;

/// <summary>What every socket of a link is told.</summary>
internal static class LinkSocket
{
    // linux/in.h, linux/tcp.h.
    private const int TcpLevel = 6;
    private const int NotSentLowWater = 25;

    /// <summary>
    /// Nothing waits for more to be sent with it, and little waits in the system: without a bound some 3 MB of packets do, where a busy peer or line is slower than this node. HELLOs and their
    /// answers would wait behind them, on 5 Mbit/s for as long as it takes to declare the link down. What waits in the node's own queue is overtaken.
    /// </summary>
    internal static void Prepare(Socket socket)
    {
        socket.NoDelay = true;
        try
        {
            Span<byte> bytes = stackalloc byte[sizeof(int)];
            _ = BitConverter.TryWriteBytes(bytes, LinkTuning.UnsentBytes);
            socket.SetRawSocketOption(TcpLevel, NotSentLowWater, bytes);
        }
        catch (SocketException)
        {
            // A system without it: the link is as good as the system's own bounds make it.
        }
    }
}
