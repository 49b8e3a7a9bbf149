using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using MixMq.Transport.Tls;

namespace MixMq.Transport.Links;

/// <summary>
/// Accepts connections, brings TLS up and hands them on. At most so many that have not proved who they are, in the TLS or
/// the link handshake: one more is closed at once, before a byte of it is read.
/// </summary>
internal sealed class LinkListener : IDisposable
{
    private static readonly TimeSpan AcceptRetry = TimeSpan.FromMilliseconds(200);
    private readonly TlsGate _gate;
    private readonly RefusalLog _refusals;
    private readonly Action<TlsChannel, Action> _attach;
    private readonly TimeSpan _handshakeTime;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly SemaphoreSlim _slots;
    private readonly List<Socket> _sockets = [];
    private readonly List<Task> _loops = [];
    private readonly ConcurrentDictionary<Socket, Task> _handshakes = new();
    private readonly CancellationTokenSource _stop = new();

    /// <param name="gate">Does the handshakes.</param>
    /// <param name="refusals">Hears of failures.</param>
    /// <param name="attach">Takes the connection and what to call, once, when it is authenticated or has ended.</param>
    /// <param name="unauthenticatedLimit">Connections that have not proved who they are.</param>
    /// <param name="handshakeTime">For the TLS handshake.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">The log.</param>
    internal LinkListener(
        TlsGate gate,
        RefusalLog refusals,
        Action<TlsChannel, Action> attach,
        int unauthenticatedLimit,
        TimeSpan handshakeTime,
        TimeProvider time,
        ILogger log)
    {
        _gate = gate;
        _refusals = refusals;
        _attach = attach;
        _slots = new SemaphoreSlim(unauthenticatedLimit);
        _handshakeTime = handshakeTime;
        _time = time;
        _log = log;
    }

    /// <summary>Where it really listens, ports filled in; in the order of configuration.</summary>
    internal ImmutableArray<IPEndPoint> Endpoints { get; private set; } = [];

    /// <summary>Binds all addresses, then accepts.</summary>
    /// <exception cref="IOException">An address can't be listened on; the message names it: it is the operator's own setting.</exception>
    internal void Start(ImmutableArray<IPEndPoint> addresses)
    {
        foreach (var address in addresses)
        {
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            _sockets.Add(socket);
            try
            {
                socket.Bind(address);
                socket.Listen();
            }
            catch (SocketException e)
            {
                _sockets.ForEach(open => open.Dispose());
                throw new IOException($"can't listen on {address} (setting 'listen'): {e.SocketErrorCode}; choose an address of this machine and a free port", e);
            }
        }

        Endpoints = [.. _sockets.Select(socket => (IPEndPoint)socket.LocalEndPoint!)];
        foreach (var socket in _sockets)
        {
            _loops.Add(AcceptAsync(socket));
        }

        if (addresses.Length > 0)
        {
            Log.Listening(_log, addresses.Length);
        }
    }

    /// <summary>After <see cref="StopAsync"/>, and once all connections have ended.</summary>
    public void Dispose()
    {
        _stop.Dispose();
        _slots.Dispose();
    }

    /// <summary>Accepts no more; handshakes under way are broken off.</summary>
    internal async Task StopAsync()
    {
        await _stop.CancelAsync();
        _sockets.ForEach(socket => socket.Dispose());
        await Task.WhenAll(_loops);
        await Task.WhenAll(_handshakes.Values);
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
                    // Ends by itself within the handshake time and never throws.
                    var handshake = HandshakeAsync(socket);
                    _handshakes[socket] = handshake;
                    if (handshake.IsCompleted)
                    {
                        _handshakes.TryRemove(socket, out _);
                    }
                }
                else
                {
                    socket.Dispose();
                    _refusals.Accepted(new TlsRefusal(TlsFailure.TooMany));
                }
            }
            catch (Exception e) when (_stop.IsCancellationRequested && e is OperationCanceledException or ObjectDisposedException or SocketException)
            {
                return;
            }
            catch (SocketException e)
            {
                // Out of descriptors, or the connection was gone before it was accepted. Without a pause the first would spin.
                Log.AcceptFailed(_log, e.SocketErrorCode.ToString());
                await Task.Delay(AcceptRetry, _time, CancellationToken.None);
            }
        }
    }

    private async Task HandshakeAsync(Socket socket)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var attached = false;
        try
        {
            socket.NoDelay = true;
            using var deadline = new CancellationTokenSource(_handshakeTime, _time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, _stop.Token);
            var (channel, refusal) = await _gate.AcceptAsync(socket, either.Token);
            if (channel is not null)
            {
                attached = true;
                _attach(channel, () => _slots.Release());
            }
            else if (!_stop.IsCancellationRequested)
            {
                _refusals.Accepted(refusal!);
            }
        }
        catch (Exception e)
        {
            socket.Dispose();
            Log.SetUpFailed(_log, e.GetType().Name);
        }
        finally
        {
            if (!attached)
            {
                _slots.Release();
            }

            _handshakes.TryRemove(socket, out _);
        }
    }
}
