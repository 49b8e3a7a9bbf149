using Google.Protobuf;

namespace MixMq.Contracts.Wire;

/// <summary>A method's name and message types, shared by server and client. Immutable.</summary>
/// <typeparam name="TRequest">The request message.</typeparam>
/// <typeparam name="TResponse">The response message, or each message of the stream.</typeparam>
public sealed class GrpcMethod<TRequest, TResponse>
    where TRequest : class, IMessage<TRequest>, new()
    where TResponse : class, IMessage<TResponse>, new()
{
    /// <summary>Names a method.</summary>
    /// <param name="service">The service's full name, for example <c>mixmq.control.v1.NodeControl</c>.</param>
    /// <param name="name">The method's name, for example <c>Send</c>.</param>
    /// <param name="maxRequestBytes">Greatest request on the wire; checked before it is read, and by the client before it is sent.</param>
    /// <param name="maxResponseBytes">Greatest response on the wire, likewise.</param>
    public GrpcMethod(string service, string name, int maxRequestBytes = GrpcLimits.MaxMessageBytes, int maxResponseBytes = GrpcLimits.MaxMessageBytes)
    {
        ArgumentException.ThrowIfNullOrEmpty(service);
        ArgumentException.ThrowIfNullOrEmpty(name);
        Service = service;
        Name = name;
        Path = $"/{service}/{name}";
        MaxRequestBytes = maxRequestBytes;
        MaxResponseBytes = maxResponseBytes;
    }

    /// <summary>The service's full name.</summary>
    public string Service { get; }

    /// <summary>The method's name.</summary>
    public string Name { get; }

    /// <summary>The HTTP/2 path: <c>/service/method</c>, case-sensitive.</summary>
    public string Path { get; }

    /// <summary>Greatest request, bytes on the wire without prefix.</summary>
    public int MaxRequestBytes { get; }

    /// <summary>Greatest response, or message of the stream, bytes on the wire without prefix.</summary>
    public int MaxResponseBytes { get; }

    internal MessageParser<TRequest> RequestParser { get; } = new(() => new TRequest());

    internal MessageParser<TResponse> ResponseParser { get; } = new(() => new TResponse());
}
