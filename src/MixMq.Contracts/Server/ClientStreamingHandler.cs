using Google.Protobuf;
using MixMq.Contracts.Wire;

namespace MixMq.Contracts.Server;

internal sealed class ClientStreamingHandler<TRequest, TResponse>(
    GrpcMethod<TRequest, TResponse> method,
    Func<IAsyncEnumerable<TRequest>, GrpcCallContext, CancellationToken, Task<TResponse>> handler) : IGrpcHandler
    where TRequest : class, IMessage<TRequest>, new()
    where TResponse : class, IMessage<TResponse>, new()
{
    public bool EndsWithHost => true;

    public int MaxRequestBytes => method.MaxRequestBytes;

    public int MaxResponseBytes => method.MaxResponseBytes;

    public async Task HandleAsync(GrpcExchange exchange, GrpcCallContext context)
    {
        var cancellation = context.CancellationToken;
        var response = await handler(exchange.ReadRequestsAsync(method.RequestParser, cancellation), context, cancellation);
        await exchange.WriteAsync(response, cancellation);
    }
}
