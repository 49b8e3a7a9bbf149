using System.Net.Sockets;
using System.Text;

namespace MixMq.Transport.Executables;

/// <summary>
/// Tells the service manager how the program is, by sd_notify(3)'s protocol: one datagram of <c>KEY=value</c> lines to the socket that the
/// environment variable <c>NOTIFY_SOCKET</c> names. Without the variable nothing is sent, as where the program was started by hand.
/// </summary>
/// <remarks>
/// Source: sd_notify(3), systemd 252. Any thread. Nothing is thrown and nothing waits: a program must run whoever started it. The library
/// that hosts would use for this is a package, and a float takes none.
/// </remarks>
public sealed class ServiceManager
{
    private const string Variable = "NOTIFY_SOCKET";
    private readonly UnixDomainSocketEndPoint? _endpoint;

    private ServiceManager(UnixDomainSocketEndPoint? endpoint) => _endpoint = endpoint;

    /// <summary>The manager that started this process, if one did.</summary>
    /// <param name="socket">The variable's value: an absolute path, or <c>@</c> and an abstract name; anything else means nobody.</param>
    /// <returns>Never null.</returns>
    public static ServiceManager At(string? socket)
    {
        if (socket is not { Length: > 1 } || socket[0] is not ('/' or '@'))
        {
            return new ServiceManager(null);
        }

        try
        {
            return new ServiceManager(new UnixDomainSocketEndPoint(socket[0] == '@' ? "\0" + socket[1..] : socket));
        }
        catch (ArgumentOutOfRangeException)
        {
            // Longer than an address can be.
            return new ServiceManager(null);
        }
    }

    /// <summary>As <see cref="At"/>, from this process's environment.</summary>
    /// <returns>Never null.</returns>
    public static ServiceManager FromEnvironment() => At(Environment.GetEnvironmentVariable(Variable));

    /// <summary>Started: listeners are open. What is ordered after this unit may start.</summary>
    public void Ready() => Send("READY=1");

    /// <summary>Stopping, which may take until what is held has been forwarded.</summary>
    public void Stopping() => Send("STOPPING=1");

    private void Send(string state)
    {
        if (_endpoint is null)
        {
            return;
        }

        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { Blocking = false };
            socket.SendTo(Encoding.ASCII.GetBytes(state), _endpoint);
        }
        catch (SocketException)
        {
            // Nobody there, or not reading: then nobody waits for it either.
        }
    }
}
