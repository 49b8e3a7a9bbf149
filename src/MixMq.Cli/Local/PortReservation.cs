using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace MixMq.Cli.Local;

/// <summary>
/// Free ports of 127.0.0.1, all different, held until they are let go just before their processes start. They lie below those that the system gives to others' connections and
/// listeners: one of these could have such a port before the process that it is meant for, and have left it again when somebody looks why that process has ended.
/// </summary>
internal sealed class PortReservation : IDisposable
{
    private const int Lowest = 22_000;

    /// <summary>Ports that are tried for one; after that any does.</summary>
    private const int Tries = 100;

    private readonly List<Socket> _sockets = [];

    public PortReservation(int count)
    {
        var end = LowestOfOthers();
        for (var i = 0; i < count; i++)
            _sockets.Add(Bind(end));
        Ports = [.. _sockets.Select(socket => ((IPEndPoint)socket.LocalEndPoint!).Port)];
    }

    public IReadOnlyList<int> Ports { get; }

    /// <summary>Whether someone else has the port: then the process that should have had it had no chance.</summary>
    public static bool IsTaken(int port)
    {
        using var socket = TryBind(port);
        return socket is null;
    }

    public void Dispose()
    {
        foreach (var socket in _sockets)
            socket.Dispose();
    }

    private static Socket Bind(int end)
    {
        for (var tries = 0; tries < Tries && end > Lowest; tries++)
        {
            if (TryBind(RandomNumberGenerator.GetInt32(Lowest, end)) is { } socket)
                return socket;
        }

        return TryBind(0) ?? throw CommandException.Failure("127.0.0.1 has no free port.");
    }

    private static Socket? TryBind(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
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

    /// <summary>The lowest port that the system gives by itself; 0: it doesn't say.</summary>
    private static int LowestOfOthers()
    {
        try
        {
            var range = File.ReadAllText("/proc/sys/net/ipv4/ip_local_port_range").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            return int.TryParse(range.FirstOrDefault(), NumberStyles.None, CultureInfo.InvariantCulture, out var lowest) ? lowest : 0;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }
}
