using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging;
using MixMq.Transport.Configuration;

namespace MixMq.Transport.Health;

/// <summary>
/// Answers whoever connects with one phrase or another and closes. It reads nothing, so nothing that is sent to it can matter; it
/// names nobody; and what it says is one bit, which a load balancer needs and a scanner may have.
/// </summary>
/// <remarks>
/// Without reading, a probe that sends something may see a reset after the answer, since the system throws away what nobody took.
/// </remarks>
internal sealed class HealthListener : IDisposable
{
    /// <summary>Answers under way at once; a further connection is closed without one.</summary>
    internal const int Connections = 16;

    /// <summary>For a probe that doesn't take its answer.</summary>
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan AcceptRetry = TimeSpan.FromMilliseconds(200);
    private readonly HealthConfiguration _configuration;
    private readonly Func<bool> _isHealthy;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly SemaphoreSlim _slots = new(Connections);
    private readonly CancellationTokenSource _stop = new();
    private readonly byte[] _phrase;
    private readonly byte[] _otherwise;
    private Socket? _socket;
    private Task _loop = Task.CompletedTask;

    /// <param name="configuration">Where, and what to say.</param>
    /// <param name="isHealthy">Asked for each connection, on any thread; must return at once.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">The log.</param>
    internal HealthListener(HealthConfiguration configuration, Func<bool> isHealthy, TimeProvider time, ILogger log)
    {
        _configuration = configuration;
        _isHealthy = isHealthy;
        _time = time;
        _log = log;
        _phrase = Line(configuration.Phrase);
        _otherwise = Line(configuration.Otherwise);
    }

    /// <summary>Where it really listens; null: nowhere.</summary>
    internal IPEndPoint? Endpoint { get; private set; }

    public void Dispose()
    {
        _socket?.Dispose();
        _stop.Dispose();
    }

    /// <summary>Binds, and answers from now on.</summary>
    /// <exception cref="IOException">The address can't be listened on.</exception>
    internal void Start()
    {
        if (_configuration.Listen is not { } address)
        {
            return;
        }

        _socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            _socket.Bind(address);
            _socket.Listen(Connections);
        }
        catch (SocketException e)
        {
            _socket.Dispose();
            throw new IOException($"can't listen on {address} (setting 'health:listen'): {e.SocketErrorCode}; choose an address of this machine and a free port", e);
        }

        Endpoint = (IPEndPoint)_socket.LocalEndPoint!;
        _loop = AcceptAsync(_socket);
    }

    /// <summary>Answers no more: to a load balancer that is the same as another phrase.</summary>
    internal async Task StopAsync()
    {
        await _stop.CancelAsync();
        _socket?.Dispose();
        await _loop;
    }

    private async Task AcceptAsync(Socket listener)
    {
        await Task.Yield();
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var socket = await listener.AcceptAsync(_stop.Token);
                if (_slots.Wait(0))
                {
                    _ = AnswerAsync(socket);
                }
                else
                {
                    socket.Dispose();
                }
            }
            catch (Exception e) when (_stop.IsCancellationRequested && e is OperationCanceledException or ObjectDisposedException or SocketException)
            {
                return;
            }
            catch (SocketException e)
            {
                Log.HealthAcceptFailed(_log, e.SocketErrorCode.ToString());
                await Task.Delay(AcceptRetry, _time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task AnswerAsync(Socket socket)
    {
        try
        {
            using var patience = new CancellationTokenSource(AnswerTime, _time);
            var answer = _isHealthy() ? _phrase : _otherwise;
            if (answer.Length > 0)
            {
                await socket.SendAsync(answer, patience.Token);
                socket.Shutdown(SocketShutdown.Send);
            }
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The probe has gone: its own affair.
        }
        finally
        {
            socket.Dispose();
            _slots.Release();
        }
    }

    private static byte[] Line(string phrase) => phrase.Length == 0 ? [] : Encoding.ASCII.GetBytes(phrase + "\n");
}
