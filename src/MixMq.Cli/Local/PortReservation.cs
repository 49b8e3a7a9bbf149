using System.Net;
using System.Net.Sockets;

namespace MixMq.Cli.Local;

/// <summary>Free ports of 127.0.0.1, all different, held until they are let go just before their processes start.</summary>
internal sealed class PortReservation : IDisposable
{
    private readonly List<Socket> _sockets = [];

    public PortReservation(int count)
    {
        for (var i = 0; i < count; i++)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            _sockets.Add(socket);
            socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        }

        Ports = [.. _sockets.Select(socket => ((IPEndPoint)socket.LocalEndPoint!).Port)];
    }

    public IReadOnlyList<int> Ports { get; }

    /// <summary>Whether someone else has the port: then the process that should have had it had no chance.</summary>
    public static bool IsTaken(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return false;
        }
        catch (SocketException failure) when (failure.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            return true;
        }
    }

    public void Dispose()
    {
        foreach (var socket in _sockets)
            socket.Dispose();
    }
}
