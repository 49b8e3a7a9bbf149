using Google.Protobuf;
using MixMq.Contracts.Wire;

namespace MixMq.Contracts.Server;

internal sealed class ServerStreamingHandler<TRequest, TResponse>(
    GrpcMethod<TRequest, TResponse> method,
    Func<TRequest, GrpcCallContext, CancellationToken, IAsyncEnumerable<TResponse>> handler) : IGrpcHandler
    where TRequest : class, IMessage<TRequest>, new()
    where TResponse : class, IMessage<TResponse>, new()
{
    public bool EndsWithHost => true;

    public int MaxRequestBytes => method.MaxRequestBytes;

    public int MaxResponseBytes => method.MaxResponseBytes;

    public async Task HandleAsync(GrpcExchange exchange, GrpcCallContext context)
    {
        var cancellation = context.CancellationToken;
        var request = await exchange.ReadRequestAsync(method.RequestParser, cancellation);
        await exchange.WriteAllAsync(handler(request, context, cancellation), cancellation);
    }
}
