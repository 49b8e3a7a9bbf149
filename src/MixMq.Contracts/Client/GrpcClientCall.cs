using System.Globalization;
using System.IO.Pipelines;
using System.Net;
using System.Net.Http.Headers;
using Google.Protobuf;
using MixMq.Contracts.Wire;

namespace MixMq.Contracts.Client;

/// <summary>
/// One call under way: start it, then read until null, which says that it ended with OK; every other end is an exception. One reader;
/// disposing it early resets the stream, which tells the server.
/// </summary>
internal sealed class GrpcClientCall<TResponse> : IDisposable
    where TResponse : class, IMessage<TResponse>
{
    private const int ReadBufferBytes = 16 * 1024;

    private readonly HttpClient _http;
    private readonly string _socketPath;
    private readonly int _maxResponseBytes;
    private readonly TimeSpan? _timeout;
    private readonly CancellationToken _caller;
    private readonly CancellationTokenSource? _deadline;
    private readonly CancellationTokenSource _call;
    private MessageParser<TResponse>? _parser;
    private HttpRequestMessage? _request;
    private HttpResponseMessage? _response;
    private PipeReader? _pipe;
    private FrameReader? _frames;

    public GrpcClientCall(HttpClient http, TimeProvider time, string socketPath, TimeSpan? timeout, int maxResponseBytes, CancellationToken caller)
    {
        _http = http;
        _socketPath = socketPath;
        _maxResponseBytes = maxResponseBytes;
        _timeout = timeout is { } t && t <= GrpcTimeout.Longest ? TimeSpan.FromTicks(Math.Max(t.Ticks, 0)) : null;
        _caller = caller;
        _deadline = _timeout is { } delay ? new CancellationTokenSource(delay, time) : null;
        _call = CancellationTokenSource.CreateLinkedTokenSource(caller, _deadline?.Token ?? CancellationToken.None);
    }

    public async Task StartAsync(string path, HttpContent request, MessageParser<TResponse> parser)
    {
        _parser = parser;
        // A stream of requests outlives this method.
        var http = _request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = request,
        };
        http.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
        http.Headers.Add(GrpcHeaders.AcceptEncoding, GrpcHeaders.Identity);
        http.Headers.UserAgent.Add(new ProductInfoHeaderValue("grpc-mixmq", "1.0"));
        if (_timeout is { } timeout)
            http.Headers.Add(GrpcHeaders.Timeout, GrpcTimeout.Format(timeout));

        try
        {
            _response = await _http.SendAsync(http, HttpCompletionOption.ResponseHeadersRead, _call.Token);
            if (Refusal(_response) is { } refusal)
                throw refusal;
            _pipe = PipeReader.Create(
                await _response.Content.ReadAsStreamAsync(_call.Token),
                new StreamPipeReaderOptions(bufferSize: ReadBufferBytes));
            _frames = new FrameReader(_pipe, _maxResponseBytes);
        }
        catch (Exception failure) when (failure is OperationCanceledException or HttpRequestException or IOException)
        {
            throw Translate(failure);
        }
    }

    /// <summary>The next message; null: the call ended with OK.</summary>
    public async ValueTask<TResponse?> ReadAsync()
    {
        try
        {
            var outcome = await _frames!.ReadAsync(_call.Token);
            switch (outcome.Kind)
            {
                case FrameOutcomeKind.Message:
                    var message = _parser!.ParseFrom(outcome.Payload);
                    _frames.Consume();
                    return message;
                case FrameOutcomeKind.Fault:
                    // A server that ends within a message may have said why.
                    throw StatusOf(_response!.TrailingHeaders) ?? new RpcException(outcome.Status, outcome.Detail);
                default:
                    return Finish();
            }
        }
        catch (InvalidProtocolBufferException malformed)
        {
            throw new RpcException(GrpcStatusCode.Internal, "The response is not a message of the method's type.", malformed);
        }
        catch (Exception failure) when (failure is OperationCanceledException or HttpRequestException or IOException)
        {
            throw Translate(failure);
        }
    }

    /// <summary>Gives the call up: what waits for it ends.</summary>
    public void Cancel() => _call.Cancel();

    public void Dispose()
    {
        _pipe?.Complete();
        _response?.Dispose();
        _request?.Dispose();
        _call.Dispose();
        _deadline?.Dispose();
    }

    private TResponse? Finish()
    {
        var trailers = _response!.TrailingHeaders;
        // Trailers-Only: the status came with the headers.
        if (!trailers.Contains(GrpcHeaders.Status) && _response.Headers.Contains(GrpcHeaders.Status))
            trailers = _response.Headers;
        if (!trailers.Contains(GrpcHeaders.Status))
            throw new RpcException(GrpcStatusCode.Unknown, "The server ended the call without a status.");
        return StatusOf(trailers) is { } failure ? throw failure : null;
    }

    /// <summary>The failure that a grpc-status names; null: there is none, or it is OK.</summary>
    private static RpcException? StatusOf(HttpResponseHeaders headers)
    {
        if (!headers.TryGetValues(GrpcHeaders.Status, out var values))
            return null;
        var text = string.Join(',', values);
        var code = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is >= 0 and <= 16
            ? (GrpcStatusCode)number
            : GrpcStatusCode.Unknown;
        if (code == GrpcStatusCode.Ok)
            return null;
        var message = headers.TryGetValues(GrpcHeaders.Message, out var messages) ? StatusMessage.Decode(string.Join(',', messages)) : "";
        return new RpcException(code, message.Length > 0 ? message : $"The server answered {code}.");
    }

    /// <summary>What a response that isn't gRPC's comes to. Source: grpc/grpc, doc/http-grpc-status-mapping.md.</summary>
    private static RpcException? Refusal(HttpResponseMessage response)
    {
        if (StatusOf(response.Headers) is { } status)
            return status;
        if (response.StatusCode != HttpStatusCode.OK)
        {
            var code = (int)response.StatusCode switch
            {
                400 => GrpcStatusCode.Internal,
                401 => GrpcStatusCode.Unauthenticated,
                403 => GrpcStatusCode.PermissionDenied,
                404 => GrpcStatusCode.Unimplemented,
                429 or 502 or 503 or 504 => GrpcStatusCode.Unavailable,
                _ => GrpcStatusCode.Unknown,
            };
            return new RpcException(code, $"The server answered with HTTP status {(int)response.StatusCode}.");
        }

        if (!GrpcHeaders.IsGrpc(response.Content.Headers.ContentType?.ToString()))
            return new RpcException(GrpcStatusCode.Unknown, "The server's answer is not gRPC.");
        if (response.Headers.TryGetValues(GrpcHeaders.Encoding, out var encodings) && string.Join(',', encodings) != GrpcHeaders.Identity)
            return new RpcException(GrpcStatusCode.Internal, "The server's answer is compressed, though only 'identity' was offered.");
        return null;
    }

    private Exception Translate(Exception failure)
    {
        if (_caller.IsCancellationRequested)
            return new OperationCanceledException("The call was cancelled.", failure, _caller);
        if (_deadline is { IsCancellationRequested: true })
            return new RpcException(GrpcStatusCode.DeadlineExceeded, "The deadline passed.", failure);
        if (_call.IsCancellationRequested)
            return new RpcException(GrpcStatusCode.Cancelled, "The call was given up.", failure);
        return TransportFailure.Translate(failure, _socketPath);
    }
}
