using Google.Protobuf;
using MixMq.Contracts.Wire;

namespace MixMq.Contracts.Client;

/// <summary>
/// A call of two streams under way. Requests may be written from any thread, one after the other; one caller at a time reads the responses. Disposing it gives the call up,
/// which tells the server; <see cref="Complete"/> and reading to the end leaves it in order.
/// </summary>
/// <typeparam name="TRequest">The request messages.</typeparam>
/// <typeparam name="TResponse">The response messages.</typeparam>
public sealed class GrpcDuplexCall<TRequest, TResponse> : IAsyncDisposable
    where TRequest : class, IMessage<TRequest>, new()
    where TResponse : class, IMessage<TResponse>, new()
{
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly CancellationTokenSource _ended;
    private readonly GrpcClientCall<TResponse> _call;
    private readonly MessageStreamContent _requests;
    private readonly Task _started;

    internal GrpcDuplexCall(GrpcMethod<TRequest, TResponse> method, Func<CancellationToken, GrpcClientCall<TResponse>> create, CancellationToken caller)
    {
        _ended = CancellationTokenSource.CreateLinkedTokenSource(caller);
        _call = create(caller);
        _requests = new MessageStreamContent(method.MaxRequestBytes);
        _started = StartAsync(method);
    }

    /// <summary>Sends a request; completes when the connection has taken it. A server that doesn't read slows this down.</summary>
    /// <exception cref="RpcException">The call has ended or can't be made: reading says how it ended. Or: the message is over the limit, and the call goes on.</exception>
    /// <exception cref="OperationCanceledException">The call was given up.</exception>
    public async Task WriteAsync(TRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        using var token = CancellationTokenSource.CreateLinkedTokenSource(_ended.Token, cancellationToken);
        var entered = false;
        try
        {
            await _writing.WaitAsync(token.Token);
            entered = true;
            await _requests.WriteAsync(request, token.Token);
        }
        catch (Exception failure) when (failure is IOException or HttpRequestException or ObjectDisposedException
            || (failure is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            if (_started.IsFaulted)
                await _started;
            throw new RpcException(GrpcStatusCode.Unavailable, "The call has ended; reading its responses says how.", failure);
        }
        finally
        {
            if (entered)
                _writing.Release();
        }
    }

    /// <summary>Ends the requests; the responses may go on. Not before a write has completed.</summary>
    public void Complete() => _requests.Complete();

    /// <summary>The next response; null: the call ended with OK.</summary>
    /// <exception cref="NodeNotRunningException">Nothing listens on the socket.</exception>
    /// <exception cref="RpcException">The call ended with another status than OK.</exception>
    /// <exception cref="OperationCanceledException">The call was given up.</exception>
    public async ValueTask<TResponse?> ReadAsync()
    {
        await _started;
        return await _call.ReadAsync();
    }

    /// <summary>Gives the call up where it hasn't ended.</summary>
    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        _call.Cancel();
        await _started.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        // The reset goes first: a server that saw the requests end before it would take the call as left in order.
        _call.Dispose();
        _requests.Complete();
        await _writing.WaitAsync();
        _writing.Dispose();
        _ended.Dispose();
    }

    private async Task StartAsync(GrpcMethod<TRequest, TResponse> method)
    {
        try
        {
            await _call.StartAsync(method.Path, _requests, method.ResponseParser);
        }
        catch
        {
            // Whoever writes waits for a stream that won't come.
            await _ended.CancelAsync();
            throw;
        }
    }
}
