using System.Collections.Frozen;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using MixMq.Contracts.Wire;

namespace MixMq.Contracts.Server;

/// <summary>
/// From an HTTP/2 request to a handler, and from how the handler ended to the status. Identity encoding only.
/// </summary>
/// <remarks>
/// Procedure: 1. not HTTP/2 or later: 426. 2. not application/grpc: 415. 3. an encoding other than identity: UNIMPLEMENTED, with the
/// encodings taken. 4. no such method: UNIMPLEMENTED. 5. a malformed grpc-timeout: INTERNAL. 6. the handler.
/// The header <c>te: trailers</c> only detects proxies that drop trailers; there is none on a socket of this machine, so a request
/// without it is served.
/// </remarks>
internal sealed class GrpcDispatcher(FrozenDictionary<string, IGrpcHandler> handlers)
{
    public async Task HandleAsync(HttpContext http)
    {
        if (!HttpProtocol.IsHttp2(http.Request.Protocol) && !HttpProtocol.IsHttp3(http.Request.Protocol))
        {
            http.Response.StatusCode = StatusCodes.Status426UpgradeRequired;
            http.Response.Headers.Upgrade = "HTTP/2";
            return;
        }

        if (!GrpcHeaders.IsGrpc(http.Request.ContentType))
        {
            http.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
            return;
        }

        http.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        http.Response.ContentType = GrpcHeaders.ContentType;
        http.Response.Headers[GrpcHeaders.AcceptEncoding] = GrpcHeaders.Identity;
        var exchange = new GrpcExchange(http);

        string? encoding = http.Request.Headers[GrpcHeaders.Encoding];
        if (!string.IsNullOrEmpty(encoding) && encoding != GrpcHeaders.Identity)
        {
            await exchange.FinishAsync(GrpcStatusCode.Unimplemented, "Only the encoding 'identity' is taken.");
            return;
        }

        var path = http.Request.Path.Value ?? "";
        if (!handlers.TryGetValue(path, out var handler))
        {
            await exchange.FinishAsync(GrpcStatusCode.Unimplemented, $"There is no method {path} here.");
            return;
        }

        TimeSpan? timeout = null;
        string? timeoutHeader = http.Request.Headers[GrpcHeaders.Timeout];
        if (timeoutHeader is not null)
        {
            if (!GrpcTimeout.TryParse(timeoutHeader, out var parsed))
            {
                await exchange.FinishAsync(GrpcStatusCode.Internal, "The header grpc-timeout is malformed.");
                return;
            }

            timeout = parsed;
        }

        LiftBodyLimits(http);
        await RunAsync(http, new GrpcExchange(http, handler.MaxRequestBytes, handler.MaxResponseBytes), handler, path, timeout);
    }

    /// <summary>Each message has its own limit; a stream of requests has none, nor a least rate, for a consumer may be silent for days.</summary>
    private static void LiftBodyLimits(HttpContext http)
    {
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = null;
        if (http.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate)
            rate.MinDataRate = null;
    }

    private static async Task RunAsync(HttpContext http, GrpcExchange exchange, IGrpcHandler handler, string path, TimeSpan? timeout)
    {
        var time = http.RequestServices.GetService<TimeProvider>() ?? TimeProvider.System;
        var stopping = handler.EndsWithHost
            ? http.RequestServices.GetService<IHostApplicationLifetime>()?.ApplicationStopping ?? CancellationToken.None
            : CancellationToken.None;
        using var deadline = timeout is { } delay && delay <= GrpcTimeout.Longest ? new CancellationTokenSource(delay, time) : null;
        using var call = CancellationTokenSource.CreateLinkedTokenSource(
            http.RequestAborted, stopping, deadline?.Token ?? CancellationToken.None);
        var context = new GrpcCallContext(path, timeout is { } t ? After(time.GetUtcNow(), t) : null, call.Token);

        GrpcStatusCode status;
        string message;
        try
        {
            await handler.HandleAsync(exchange, context);
            status = GrpcStatusCode.Ok;
            message = "";
        }
        catch (RpcException failure)
        {
            status = failure.StatusCode;
            message = failure.Message;
        }
        catch (Exception) when (http.RequestAborted.IsCancellationRequested)
        {
            // No one is left to tell.
            return;
        }
        catch (OperationCanceledException) when (deadline is { IsCancellationRequested: true })
        {
            status = GrpcStatusCode.DeadlineExceeded;
            message = "The deadline passed.";
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            status = GrpcStatusCode.Unavailable;
            message = "The node is stopping.";
        }
        catch (OperationCanceledException)
        {
            status = GrpcStatusCode.Cancelled;
            message = "The call was cancelled.";
        }
        catch (BadHttpRequestException)
        {
            status = GrpcStatusCode.Internal;
            message = "The request's body could not be read.";
        }
#pragma warning disable CA1031 // A handler's bug ends its call, not the server.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            var logger = http.RequestServices.GetService<ILoggerFactory>()?.CreateLogger<GrpcDispatcher>();
            if (logger is not null)
                Log.HandlerFailed(logger, path, failure.GetType().FullName, failure.StackTrace);
            status = GrpcStatusCode.Unknown;
            message = "The handler failed; the node's log says more.";
        }

        await exchange.FinishAsync(status, message);
    }

    private static DateTimeOffset After(DateTimeOffset now, TimeSpan delay) =>
        delay > DateTimeOffset.MaxValue - now ? DateTimeOffset.MaxValue : now + delay;
}
