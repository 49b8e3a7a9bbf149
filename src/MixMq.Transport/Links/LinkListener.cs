using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using MixMq.Transport.Audit;
using MixMq.Transport.Configuration;
using MixMq.Transport.Tls;

namespace MixMq.Transport.Links;

/// <summary>
/// Accepts connections, brings TLS up and hands them on. At most so many that have not proved who they are, in the TLS or
/// the link handshake: one more is closed at once, before a byte of it is read. It may be opened and closed again and again; opening and
/// closing are one caller's.
/// </summary>
internal sealed class LinkListener : IDisposable
{
    private static readonly TimeSpan AcceptRetry = TimeSpan.FromMilliseconds(200);
    private readonly ListenerRole _role;
    private readonly TlsGate _gate;
    private readonly HealthConfiguration _health;
    private readonly RefusalLog _refusals;
    private readonly LinkJournal _journal;
    private readonly AuditTrail _audit;
    private readonly Action<TlsChannel, Action> _attach;
    private readonly TimeSpan _handshakeTime;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly SemaphoreSlim _slots;
    private readonly List<Task> _loops = [];
    private readonly ConcurrentDictionary<Socket, Task> _handshakes = new();
    private List<Socket> _sockets = [];
    private CancellationTokenSource _stop = new();

    /// <param name="role">For whom it listens.</param>
    /// <param name="addresses">Where.</param>
    /// <param name="gate">Does the handshakes.</param>
    /// <param name="health">Knows whose failures aren't told.</param>
    /// <param name="refusals">Hears of failures.</param>
    /// <param name="journal">Hears of connections.</param>
    /// <param name="audit">Hears of the listener itself.</param>
    /// <param name="attach">Takes the connection and what to call, once, when it is authenticated or has ended.</param>
    /// <param name="limits">Connections that have not proved who they are, and the time for the TLS handshake.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">The log.</param>
    internal LinkListener(
        ListenerRole role,
        ImmutableArray<IPEndPoint> addresses,
        TlsGate gate,
        HealthConfiguration health,
        RefusalLog refusals,
        LinkJournal journal,
        AuditTrail audit,
        Action<TlsChannel, Action> attach,
        LimitsConfiguration limits,
        TimeProvider time,
        ILogger log)
    {
        _role = role;
        Endpoints = addresses;
        _gate = gate;
        _health = health;
        _refusals = refusals;
        _journal = journal;
        _audit = audit;
        _attach = attach;
        _slots = new SemaphoreSlim(limits.UnauthenticatedConnections);
        _handshakeTime = TimeSpan.FromSeconds(limits.HandshakeSeconds);
        _time = time;
        _log = log;
    }

    /// <summary>Where it listens when it is open, in the order of configuration; ports are filled in from the first opening or <see cref="Reserve"/> on.</summary>
    internal ImmutableArray<IPEndPoint> Endpoints { get; private set; }

    /// <summary>Whether it accepts now. Any thread.</summary>
    internal bool IsOpen { get; private set; }

    /// <summary>Finds out, without listening, whether the addresses can be had, and which ports are free where any will do.</summary>
    /// <exception cref="IOException">As from <see cref="Open"/>.</exception>
    internal void Reserve() => Bind(listen: false).ForEach(socket => socket.Dispose());

    /// <summary>Binds all addresses, then accepts.</summary>
    /// <exception cref="IOException">An address can't be listened on; the message names it: it is the operator's own setting.</exception>
    internal void Open()
    {
        if (Endpoints.IsEmpty || IsOpen)
        {
            return;
        }

        _sockets = Bind(listen: true);
        _stop.Dispose();
        _stop = new CancellationTokenSource();
        foreach (var socket in _sockets)
        {
            _loops.Add(AcceptAsync(socket, _stop.Token));
        }

        IsOpen = true;
        Log.Listening(_log, RoleName, _sockets.Count);
        _audit.Listener(opened: true, RoleName);
    }

    /// <summary>Accepts no more, and the ports answer nobody; handshakes under way are broken off. What is established stays.</summary>
    internal async Task CloseAsync()
    {
        if (!IsOpen)
        {
            return;
        }

        IsOpen = false;
        await _stop.CancelAsync();
        _sockets.ForEach(socket => socket.Dispose());
        await Task.WhenAll(_loops);
        await Task.WhenAll(_handshakes.Values);
        _loops.Clear();
        Log.NotListening(_log, RoleName);
        _audit.Listener(opened: false, RoleName);
    }

    /// <summary>After <see cref="CloseAsync"/>, and once all connections have ended.</summary>
    public void Dispose()
    {
        _stop.Dispose();
        _slots.Dispose();
    }

    private string RoleName => _role == ListenerRole.Inner ? "inner" : "peer";

    private List<Socket> Bind(bool listen)
    {
        var sockets = new List<Socket>();
        foreach (var address in Endpoints)
        {
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            sockets.Add(socket);
            try
            {
                socket.Bind(address);
                if (listen)
                {
                    // Who binds the same port at the same time may come as far as this, and one of the two no further.
                    socket.Listen();
                }
            }
            catch (SocketException e)
            {
                sockets.ForEach(open => open.Dispose());
                var setting = _role == ListenerRole.Inner ? "innerListen" : "listen";
                throw new IOException($"can't listen on {address} (setting '{setting}'): {e.SocketErrorCode}; choose an address of this machine and a free port", e);
            }
        }

        Endpoints = [.. sockets.Select(socket => (IPEndPoint)socket.LocalEndPoint!)];
        return sockets;
    }

    private async Task AcceptAsync(Socket listener, CancellationToken stop)
    {
        await Task.Yield();
        while (!stop.IsCancellationRequested)
        {
            try
            {
                var socket = await listener.AcceptAsync(stop);
                if (_slots.Wait(0, CancellationToken.None))
                {
                    // Ends by itself within the handshake time and never throws.
                    var handshake = HandshakeAsync(socket, stop);
                    _handshakes[socket] = handshake;
                    if (handshake.IsCompleted)
                    {
                        _handshakes.TryRemove(socket, out _);
                    }
                }
                else
                {
                    var silenced = IsSilenced(socket);
                    socket.Dispose();
                    if (!silenced)
                    {
                        _refusals.Accepted(new TlsRefusal(TlsFailure.TooMany));
                    }
                }
            }
            catch (Exception e) when (stop.IsCancellationRequested && e is OperationCanceledException or ObjectDisposedException or SocketException)
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

    private async Task HandshakeAsync(Socket socket, CancellationToken stop)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var attached = false;
        var silenced = IsSilenced(socket);
        try
        {
            LinkSocket.Prepare(socket);
            using var deadline = new CancellationTokenSource(_handshakeTime, _time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, stop);
            var (channel, refusal) = await _gate.AcceptAsync(socket, either.Token);
            if (channel is not null)
            {
                attached = true;
                _journal.Connected(channel.Info);
                _attach(channel, () => _slots.Release());
            }
            else if (!stop.IsCancellationRequested && !silenced)
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

    private bool IsSilenced(Socket socket)
    {
        try
        {
            return _health.IsSilenced(socket.RemoteEndPoint);
        }
        catch (SocketException)
        {
            // Gone already, and with it where it came from.
            return !_health.Silenced.IsEmpty;
        }
    }
}
