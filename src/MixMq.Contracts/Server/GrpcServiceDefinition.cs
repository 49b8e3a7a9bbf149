using Google.Protobuf;
using MixMq.Contracts.Wire;

namespace MixMq.Contracts.Server;

/// <summary>
/// A service and the handlers of its methods. Filled while the program starts, on one thread; <c>MapGrpc</c> takes what is there when
/// it is called.
/// </summary>
public sealed class GrpcServiceDefinition
{
    private readonly Dictionary<string, IGrpcHandler> _handlers = new(StringComparer.Ordinal);

    /// <summary>Begins a definition.</summary>
    /// <param name="name">The service's full name, for example <c>mixmq.control.v1.NodeControl</c>.</param>
    public GrpcServiceDefinition(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        Name = name;
    }

    /// <summary>The service's full name.</summary>
    public string Name { get; }

    internal IReadOnlyDictionary<string, IGrpcHandler> Handlers => _handlers;

    /// <summary>Adds a method of one request and one response.</summary>
    /// <returns>This definition.</returns>
    /// <exception cref="ArgumentException">The method is another service's, or has a handler.</exception>
    public GrpcServiceDefinition Unary<TRequest, TResponse>(
        GrpcMethod<TRequest, TResponse> method,
        Func<TRequest, GrpcCallContext, Task<TResponse>> handler)
        where TRequest : class, IMessage<TRequest>, new()
        where TResponse : class, IMessage<TResponse>, new()
    {
        ArgumentNullException.ThrowIfNull(method);
        ArgumentNullException.ThrowIfNull(handler);
        return Add(method.Service, method.Path, new UnaryHandler<TRequest, TResponse>(method, handler));
    }

    /// <summary>Adds a method of one request and a stream of responses; the next one is asked for when the last is written out.</summary>
    /// <returns>This definition.</returns>
    /// <exception cref="ArgumentException">The method is another service's, or has a handler.</exception>
    public GrpcServiceDefinition ServerStreaming<TRequest, TResponse>(
        GrpcMethod<TRequest, TResponse> method,
        Func<TRequest, GrpcCallContext, CancellationToken, IAsyncEnumerable<TResponse>> handler)
        where TRequest : class, IMessage<TRequest>, new()
        where TResponse : class, IMessage<TResponse>, new()
    {
        ArgumentNullException.ThrowIfNull(method);
        ArgumentNullException.ThrowIfNull(handler);
        return Add(method.Service, method.Path, new ServerStreamingHandler<TRequest, TResponse>(method, handler));
    }

    /// <summary>
    /// Adds a method of two streams that run beside each other. The handler enumerates the requests once, as slowly as it likes, which slows the caller; the next response is
    /// asked for when the last is written out. Its token is signalled when the caller is gone; a caller that has only ended its own stream ends the enumeration of requests.
    /// </summary>
    /// <returns>This definition.</returns>
    /// <exception cref="ArgumentException">The method is another service's, or has a handler.</exception>
    public GrpcServiceDefinition Duplex<TRequest, TResponse>(
        GrpcMethod<TRequest, TResponse> method,
        Func<IAsyncEnumerable<TRequest>, GrpcCallContext, CancellationToken, IAsyncEnumerable<TResponse>> handler)
        where TRequest : class, IMessage<TRequest>, new()
        where TResponse : class, IMessage<TResponse>, new()
    {
        ArgumentNullException.ThrowIfNull(method);
        ArgumentNullException.ThrowIfNull(handler);
        return Add(method.Service, method.Path, new DuplexHandler<TRequest, TResponse>(method, handler));
    }

    /// <summary>
    /// Adds a method of a stream of requests and one response. The handler enumerates the requests once, as slowly as it likes, which slows the caller; its token is signalled when
    /// the caller is gone. One that answers, or fails, before the caller's stream has ended ends the call.
    /// </summary>
    /// <returns>This definition.</returns>
    /// <exception cref="ArgumentException">The method is another service's, or has a handler.</exception>
    public GrpcServiceDefinition ClientStreaming<TRequest, TResponse>(
        GrpcMethod<TRequest, TResponse> method,
        Func<IAsyncEnumerable<TRequest>, GrpcCallContext, CancellationToken, Task<TResponse>> handler)
        where TRequest : class, IMessage<TRequest>, new()
        where TResponse : class, IMessage<TResponse>, new()
    {
        ArgumentNullException.ThrowIfNull(method);
        ArgumentNullException.ThrowIfNull(handler);
        return Add(method.Service, method.Path, new ClientStreamingHandler<TRequest, TResponse>(method, handler));
    }

    private GrpcServiceDefinition Add(string service, string path, IGrpcHandler handler)
    {
        if (service != Name)
            throw new ArgumentException($"The method {path} belongs to another service than {Name}.", nameof(service));
        if (!_handlers.TryAdd(path, handler))
            throw new ArgumentException($"The method {path} has a handler already.", nameof(path));
        return this;
    }
}
