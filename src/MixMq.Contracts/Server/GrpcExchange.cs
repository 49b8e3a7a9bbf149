using System.Globalization;
using Google.Protobuf;
using Microsoft.AspNetCore.Http;
using MixMq.Contracts.Wire;

namespace MixMq.Contracts.Server;

/// <summary>The request's and the response's bytes of one call.</summary>
internal sealed class GrpcExchange(HttpContext http)
{
    private readonly FrameReader _frames = new(http.Request.BodyReader, GrpcLimits.MaxMessageBytes);

    /// <summary>Reads the one request of a call, and that it is the only one.</summary>
    public async Task<TRequest> ReadRequestAsync<TRequest>(MessageParser<TRequest> parser, CancellationToken cancellationToken)
        where TRequest : IMessage<TRequest>
    {
        var outcome = await _frames.ReadAsync(cancellationToken);
        if (outcome.Kind == FrameOutcomeKind.End)
            throw new RpcException(GrpcStatusCode.Unimplemented, "The method takes exactly one request; none came.");
        if (outcome.Kind == FrameOutcomeKind.Fault)
            throw new RpcException(outcome.Status, outcome.Detail);

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
        outcome = await _frames.ReadAsync(cancellationToken);
        return outcome.Kind switch
        {
            FrameOutcomeKind.End => request,
            FrameOutcomeKind.Message => throw new RpcException(GrpcStatusCode.Unimplemented, "The method takes exactly one request; more came."),
            _ => throw new RpcException(outcome.Status, outcome.Detail),
        };
    }

    /// <summary>Sends the response's headers now.</summary>
    public Task StartAsync(CancellationToken cancellationToken) =>
        http.Response.HasStarted ? Task.CompletedTask : http.Response.StartAsync(cancellationToken);

    /// <summary>Sends a response message and waits until the connection has taken it.</summary>
    public async Task WriteAsync(IMessage message, CancellationToken cancellationToken)
    {
        Frame.Write(http.Response.BodyWriter, message, GrpcLimits.MaxMessageBytes);
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
}
