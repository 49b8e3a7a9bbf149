using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace MixMq.EndToEnd.Tests;

/// <summary>
/// Ports of this machine for processes that are yet to start. They lie below those that the system gives to connections, of which there are many while tests run beside each other: one of
/// these could have such a port before the process that it was meant for.
/// </summary>
internal static class FreePorts
{
    private const int Lowest = 10_000;
    private static readonly int End = LowestOfConnections();
    private static readonly HashSet<int> Given = [];
    private static readonly Lock Lock = new();

    public static int One() => Take(1)[0];

    /// <summary>So many, none of which this process has been given before.</summary>
    public static int[] Take(int count)
    {
        lock (Lock)
        {
            var ports = new int[count];
            for (var taken = 0; taken < count;)
            {
                if (TryBind(End > Lowest ? Random.Shared.Next(Lowest, End) : 0) is { } port && Given.Add(port))
                    ports[taken++] = port;
            }

            return ports;
        }
    }

    private static int? TryBind(int port)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return ((IPEndPoint)socket.LocalEndPoint!).Port;
        }
        catch (SocketException failure) when (failure.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            return null;
        }
    }

    private static int LowestOfConnections() =>
        int.Parse(File.ReadAllText("/proc/sys/net/ipv4/ip_local_port_range").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[0], CultureInfo.InvariantCulture);
}
