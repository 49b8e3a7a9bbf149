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

    public async Task HandleAsync(GrpcExchange exchange, GrpcCallContext context)
    {
        var cancellation = context.CancellationToken;
        var request = await exchange.ReadRequestAsync(method.RequestParser, cancellation);
        await using var responses = handler(request, context, cancellation).GetAsyncEnumerator(cancellation);
        while (true)
        {
            var next = responses.MoveNextAsync();
            // The caller learns that its call was taken before the first message comes; a call that fails at once is Trailers-Only.
            if (!next.IsCompleted)
                await exchange.StartAsync(cancellation);
            if (!await next)
                return;
            await exchange.WriteAsync(responses.Current, cancellation);
        }
    }
}
