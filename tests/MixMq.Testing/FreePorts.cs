using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace MixMq.Testing;

/// <summary>
/// Ports of this machine for what is yet to listen, or is to find its port again. They lie below those that the system gives to connections and to listeners that ask for any, of which there are
/// many while tests run beside each other: one of these could have such a port before whom it was meant for. And no other process of tests takes them meanwhile: each has a range of its own, as
/// long as it lives.
/// </summary>
public static class FreePorts
{
    private const int Lowest = 10_000;

    /// <summary>From here on <c>mixmq demo</c> takes some.</summary>
    private const int End = 22_000;

    /// <summary>Ports of a range; the first says that it is taken.</summary>
    private const int RangePorts = 1000;

    private static readonly Lock Lock = new();
    private static readonly (Socket? Claim, int First) Own = Claim();
    private static int _next;

    /// <summary>One that nobody has.</summary>
    public static int One() => Take(1)[0];

    /// <summary>So many of them.</summary>
    public static int[] Take(int count)
    {
        lock (Lock)
        {
            var ports = new int[count];
            for (var taken = 0; taken < count;)
            {
                using var socket = TryBind(Own.Claim is null ? 0 : Own.First + 1 + (_next++ % (RangePorts - 1)));
                if (socket?.LocalEndPoint is IPEndPoint { Port: var port } && !ports.Contains(port))
                    ports[taken++] = port;
            }

            return ports;
        }
    }

    /// <summary>A range whose first port nobody has, and that port; where there is none, any ports do.</summary>
    private static (Socket? Claim, int First) Claim()
    {
        var end = Math.Min(End, LowestOfConnections());
        for (var first = Lowest; first + RangePorts <= end; first += RangePorts)
        {
            if (TryBind(first) is { } claim)
                return (claim, first);
        }

        return (null, 0);
    }

    private static Socket? TryBind(int port)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));

            // .NET lets sockets share a port as long as none of them listens.
            socket.Listen(1);
            return socket;
        }
        catch (SocketException failure) when (failure.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            socket.Dispose();
            return null;
        }
    }

    private static int LowestOfConnections() =>
        int.Parse(File.ReadAllText("/proc/sys/net/ipv4/ip_local_port_range").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[0], CultureInfo.InvariantCulture);
}
