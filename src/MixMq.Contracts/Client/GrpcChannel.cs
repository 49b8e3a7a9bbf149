using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Google.Protobuf;
using MixMq.Contracts.Wire;

namespace MixMq.Contracts.Client;

/// <summary>
/// A client's way to one server: gRPC over HTTP/2 without TLS over a Unix domain socket. It connects at the first call, again after
/// the connection is lost, and keeps no other state. Safe for concurrent calls from any thread; disposing it ends the calls under way.
/// </summary>
public sealed class GrpcChannel : IDisposable
{
    // The socket is what is connected to; the name is what HTTP wants for an authority.
    private static readonly Uri BaseAddress = new("http://localhost/");

    private readonly HttpClient _http;
    private readonly TimeProvider _time;
    private readonly string _socketPath;

    private GrpcChannel(string socketPath, TimeProvider time)
    {
        _socketPath = socketPath;
        _time = time;
        _http = new HttpClient(CreateHandler(socketPath))
        {
            BaseAddress = BaseAddress,
            // A call's deadline is the call's; a stream may last for months.
            Timeout = Timeout.InfiniteTimeSpan,
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
    }

    /// <summary>Makes a channel; nothing is connected yet.</summary>
    /// <param name="path">The socket's path, made absolute; at most 107 bytes.</param>
    /// <param name="timeProvider">What deadlines are counted by; null: the system's.</param>
    /// <exception cref="ArgumentException">The path is empty or too long; the message says by how much.</exception>
    public static GrpcChannel ForUnixSocket(string path, TimeProvider? timeProvider = null)
    {
        var full = UnixSocketPath.Normalize(path);
        if (UnixSocketPath.Refusal(full) is { } reason)
            throw new ArgumentException(reason, nameof(path));
        return new GrpcChannel(full, timeProvider ?? TimeProvider.System);
    }

    /// <summary>Calls a method of one request and one response.</summary>
    /// <param name="method">The method.</param>
    /// <param name="request">The request; at most the method's limit on the wire.</param>
    /// <param name="timeout">How long to wait, from now; the server is told. Null: for ever.</param>
    /// <param name="cancellationToken">Gives the call up; the server is told.</param>
    /// <returns>The response.</returns>
    /// <exception cref="NodeNotRunningException">Nothing listens on the socket.</exception>
    /// <exception cref="RpcException">The call ended with another status than OK; DEADLINE_EXCEEDED when the timeout passed.</exception>
    /// <exception cref="OperationCanceledException">The token was signalled.</exception>
    public async Task<TResponse> UnaryAsync<TRequest, TResponse>(
        GrpcMethod<TRequest, TResponse> method,
        TRequest request,
        TimeSpan? timeout = null,
        CancellationToken cancellationToken = default)
        where TRequest : class, IMessage<TRequest>, new()
        where TResponse : class, IMessage<TResponse>, new()
    {
        ArgumentNullException.ThrowIfNull(method);
        ArgumentNullException.ThrowIfNull(request);
        using var call = new GrpcClientCall<TResponse>(_http, _time, _socketPath, timeout, method.MaxResponseBytes, cancellationToken);
        await call.StartAsync(method.Path, new MessageContent(request, method.MaxRequestBytes), method.ResponseParser);
        var response = await call.ReadAsync();
        if (response is null)
            throw new RpcException(GrpcStatusCode.Unimplemented, "The server ended the call with OK and without its one response.");
        if (await call.ReadAsync() is not null)
            throw new RpcException(GrpcStatusCode.Unimplemented, "The server sent more than the one response of a unary call.");
        return response;
    }

    /// <summary>
    /// Calls a method of one request and a stream of responses. The call is made when the enumeration begins, once each enumeration;
    /// leaving the enumeration ends the call. A slow reader slows the server.
    /// </summary>
    /// <param name="method">The method.</param>
    /// <param name="request">The request; at most the method's limit on the wire.</param>
    /// <param name="timeout">How long the whole stream may last, from the enumeration's begin. Null: for ever.</param>
    /// <param name="cancellationToken">Gives the call up; the server is told.</param>
    /// <returns>The responses; it throws what <see cref="UnaryAsync"/> throws, after the responses that came before the failure.</returns>
    public async IAsyncEnumerable<TResponse> ServerStreamingAsync<TRequest, TResponse>(
        GrpcMethod<TRequest, TResponse> method,
        TRequest request,
        TimeSpan? timeout = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
        where TRequest : class, IMessage<TRequest>, new()
        where TResponse : class, IMessage<TResponse>, new()
    {
        ArgumentNullException.ThrowIfNull(method);
        ArgumentNullException.ThrowIfNull(request);
        using var call = new GrpcClientCall<TResponse>(_http, _time, _socketPath, timeout, method.MaxResponseBytes, cancellationToken);
        await call.StartAsync(method.Path, new MessageContent(request, method.MaxRequestBytes), method.ResponseParser);
        while (await call.ReadAsync() is { } response)
            yield return response;
    }

    /// <summary>Calls a method of two streams. The call is begun at once and is the caller's to dispose of.</summary>
    /// <param name="method">The method.</param>
    /// <param name="timeout">How long the whole call may last, from now. Null: for ever.</param>
    /// <param name="cancellationToken">Gives the call up; the server is told.</param>
    public GrpcDuplexCall<TRequest, TResponse> Duplex<TRequest, TResponse>(
        GrpcMethod<TRequest, TResponse> method, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
        where TRequest : class, IMessage<TRequest>, new()
        where TResponse : class, IMessage<TResponse>, new()
    {
        ArgumentNullException.ThrowIfNull(method);
        return new GrpcDuplexCall<TRequest, TResponse>(
            method, caller => new GrpcClientCall<TResponse>(_http, _time, _socketPath, timeout, method.MaxResponseBytes, caller), cancellationToken);
    }

    /// <summary>Closes the connections; calls under way fail.</summary>
    public void Dispose() => _http.Dispose();

    private static SocketsHttpHandler CreateHandler(string socketPath) => new()
    {
        ConnectCallback = async (_, cancellationToken) =>
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(socketPath), cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        },
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        ActivityHeadersPropagator = null,
        EnableMultipleHttp2Connections = true,
        MaxResponseHeadersLength = 16, // KiB; a status message is at most 3 KiB of trailer
    };
}
