using System.Globalization;
using System.Runtime.CompilerServices;
using Google.Protobuf;
using Microsoft.AspNetCore.Http;
using MixMq.Contracts.Wire;

namespace MixMq.Contracts.Server;

/// <summary>The request's and the response's bytes of one call.</summary>
internal sealed class GrpcExchange(HttpContext http, int maxRequestBytes = GrpcLimits.MaxMessageBytes, int maxResponseBytes = GrpcLimits.MaxMessageBytes)
{
    private readonly FrameReader _frames = new(http.Request.BodyReader, maxRequestBytes);

    /// <summary>Reads the one request of a call, and that it is the only one.</summary>
    public async Task<TRequest> ReadRequestAsync<TRequest>(MessageParser<TRequest> parser, CancellationToken cancellationToken)
        where TRequest : IMessage<TRequest>
    {
        var outcome = await _frames.ReadAsync(cancellationToken);
        if (outcome.Kind == FrameOutcomeKind.End)
            throw new RpcException(GrpcStatusCode.Unimplemented, "The method takes exactly one request; none came.");
        if (outcome.Kind == FrameOutcomeKind.Fault)
            throw new RpcException(outcome.Status, outcome.Detail);

        var request = Parse(parser, outcome);
        outcome = await _frames.ReadAsync(cancellationToken);
        return outcome.Kind switch
        {
            FrameOutcomeKind.End => request,
            FrameOutcomeKind.Message => throw new RpcException(GrpcStatusCode.Unimplemented, "The method takes exactly one request; more came."),
            _ => throw new RpcException(outcome.Status, outcome.Detail),
        };
    }

    /// <summary>Reads the requests of a call until the caller ends its stream. To be enumerated once.</summary>
    public async IAsyncEnumerable<TRequest> ReadRequestsAsync<TRequest>(MessageParser<TRequest> parser, [EnumeratorCancellation] CancellationToken cancellationToken)
        where TRequest : IMessage<TRequest>
    {
        while (true)
        {
            var outcome = await _frames.ReadAsync(cancellationToken);
            if (outcome.Kind == FrameOutcomeKind.End)
                yield break;
            if (outcome.Kind == FrameOutcomeKind.Fault)
                throw new RpcException(outcome.Status, outcome.Detail);
            yield return Parse(parser, outcome);
        }
    }

    /// <summary>Sends the responses, each when the last is written out.</summary>
    public async Task WriteAllAsync<TResponse>(IAsyncEnumerable<TResponse> all, CancellationToken cancellationToken)
        where TResponse : IMessage<TResponse>
    {
        await using var responses = all.GetAsyncEnumerator(cancellationToken);
        while (true)
        {
            var next = responses.MoveNextAsync();
            // The caller learns that its call was taken before the first message comes; a call that fails at once is Trailers-Only.
            if (!next.IsCompleted)
                await StartAsync(cancellationToken);
            if (!await next)
                return;
            await WriteAsync(responses.Current, cancellationToken);
        }
    }

    /// <summary>Sends the response's headers now.</summary>
    public Task StartAsync(CancellationToken cancellationToken) =>
        http.Response.HasStarted ? Task.CompletedTask : http.Response.StartAsync(cancellationToken);

    /// <summary>Sends a response message and waits until the connection has taken it.</summary>
    public async Task WriteAsync(IMessage message, CancellationToken cancellationToken)
    {
        Frame.Write(http.Response.BodyWriter, message, maxResponseBytes);
        var flushed = await http.Response.BodyWriter.FlushAsync(cancellationToken);
        if (flushed.IsCompleted || flushed.IsCanceled)
            throw new OperationCanceledException("The caller is gone.");
    }

    /// <summary>Ends the call: in the trailers, or, where nothing was sent and it failed, in the headers alone (Trailers-Only).</summary>
    public async Task FinishAsync(GrpcStatusCode status, string message)
    {
        var code = ((int)status).ToString(CultureInfo.InvariantCulture);
        var response = http.Response;
        if (!response.HasStarted && status != GrpcStatusCode.Ok)
        {
            response.Headers[GrpcHeaders.Status] = code;
            if (message.Length > 0)
                response.Headers[GrpcHeaders.Message] = StatusMessage.Encode(message);
            return;
        }

        if (!response.HasStarted)
            await response.StartAsync();
        response.AppendTrailer(GrpcHeaders.Status, code);
        if (message.Length > 0)
            response.AppendTrailer(GrpcHeaders.Message, StatusMessage.Encode(message));
    }

    private TRequest Parse<TRequest>(MessageParser<TRequest> parser, in FrameOutcome outcome)
        where TRequest : IMessage<TRequest>
    {
        TRequest request;
        try
        {
            request = parser.ParseFrom(outcome.Payload);
        }
        catch (InvalidProtocolBufferException malformed)
        {
            throw new RpcException(GrpcStatusCode.Internal, "The request is not a message of the method's type.", malformed);
        }

        _frames.Consume();
        return request;
    }
}
