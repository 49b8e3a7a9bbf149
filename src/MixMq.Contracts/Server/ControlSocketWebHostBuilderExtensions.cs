using System.Net.Sockets;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;

namespace MixMq.Contracts.Server;

/// <summary>Lets a host be controlled over a Unix domain socket.</summary>
public static class ControlSocketWebHostBuilderExtensions
{
    /// <summary>Control calls wanted at once: a connection each at worst.</summary>
    private const int MaxConnections = 64;

    /// <summary>A client that keeps to one connection, as gRPC's do, can have all 256 consumers there and make its calls beside them: past this it would wait and not be told why.</summary>
    private const int MaxStreams = 512;

    /// <summary>
    /// Makes Kestrel listen on a Unix domain socket that only the owner can open, HTTP/2 without TLS. Call it once a host, on a host
    /// whose Kestrel has no other listeners. The directory is made (mode 0700) where it is missing; one that others may open is
    /// refused. A socket that a dead process left is removed; one that answers is not.
    /// </summary>
    /// <param name="builder">The web host.</param>
    /// <param name="path">The socket's path, made absolute; at most 107 bytes.</param>
    /// <exception cref="ControlSocketException">
    /// The path is too long. What is wrong with the directory, or that another node runs, comes with this type from the host's start.
    /// </exception>
    public static IWebHostBuilder ListenOnControlSocket(this IWebHostBuilder builder, string path)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var fullPath = new ControlSocket(path).Path;
        return builder
            .ConfigureServices(services =>
            {
                services.AddSingleton(_ => new ControlSocket(fullPath));
                services.AddOptions<SocketTransportOptions>().Configure<ControlSocket>((options, control) =>
                {
                    var others = options.CreateBoundListenSocket;
                    options.CreateBoundListenSocket = endpoint =>
                        endpoint is UnixDomainSocketEndPoint && endpoint.ToString() == fullPath ? control.Bind() : others(endpoint);
                });
            })
            .ConfigureKestrel(kestrel =>
            {
                kestrel.AddServerHeader = false;
                kestrel.Limits.MaxConcurrentConnections = MaxConnections;
                kestrel.Limits.Http2.MaxStreamsPerConnection = MaxStreams;
                // A reader of `receive --follow` may pause as long as it likes; its stream waits.
                kestrel.Limits.MinResponseDataRate = null;
                kestrel.ListenUnixSocket(fullPath, listen => listen.Protocols = HttpProtocols.Http2);
            });
    }
}
