using Google.Protobuf;
using MixMq.Contracts.Wire;

namespace MixMq.Contracts.Server;

internal sealed class UnaryHandler<TRequest, TResponse>(
    GrpcMethod<TRequest, TResponse> method,
    Func<TRequest, GrpcCallContext, Task<TResponse>> handler) : IGrpcHandler
    where TRequest : class, IMessage<TRequest>, new()
    where TResponse : class, IMessage<TResponse>, new()
{
    public bool EndsWithHost => false;

    public int MaxRequestBytes => method.MaxRequestBytes;

    public int MaxResponseBytes => method.MaxResponseBytes;

    public async Task HandleAsync(GrpcExchange exchange, GrpcCallContext context)
    {
        var request = await exchange.ReadRequestAsync(method.RequestParser, context.CancellationToken);
        var response = await handler(request, context);
        await exchange.WriteAsync(response, context.CancellationToken);
    }
}
