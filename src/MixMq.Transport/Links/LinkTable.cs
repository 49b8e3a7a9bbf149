using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using MixMq.Overlay;
using MixMq.Sphinx;
using MixMq.Transport.Dialling;
using MixMq.Transport.Scheduling;
using MixMq.Transport.Tls;

namespace MixMq.Transport.Links;

/// <summary>The connections that are there, dialled and accepted: makes, names, runs and ends them. Thread-safe.</summary>
internal sealed class LinkTable(LinkEnvironment environment, Dialler dialler, ILogger log) : IDisposable
{
    private readonly ConcurrentDictionary<ConnectionId, LinkConnection> _connections = new();
    private readonly ConcurrentDictionary<ConnectionId, Task> _running = new();
    private readonly CancellationTokenSource _stop = new();
    private long _last;

    /// <summary>Once nothing is dialled or attached any more.</summary>
    public void Dispose() => _stop.Dispose();

    internal bool TryGet(ConnectionId id, [NotNullWhen(true)] out LinkConnection? connection) => _connections.TryGetValue(id, out connection);

    /// <summary>Dials a peer; what comes of it, the scheduler hears.</summary>
    internal void Dial(NodeAddress peer) => _ = DialAsync(peer);

    /// <summary>Takes a connection whose TLS is up and runs it.</summary>
    internal void Attach(TlsChannel channel, Action? authenticated)
    {
        var id = new ConnectionId(Interlocked.Increment(ref _last));
        var connection = new LinkConnection(id, channel, environment, authenticated);
        _connections[id] = connection;
        var running = RunAsync(connection);
        _running[id] = running;
        _ = running.ContinueWith(_ => _running.TryRemove(id, out Task? _), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    /// <summary>Ends all connections: those that can write out what waits until the token is cancelled.</summary>
    internal async Task CloseAllAsync(CancellationToken bound)
    {
        await _stop.CancelAsync();
        foreach (var connection in _connections.Values)
        {
            connection.Close();
        }

        await using var abort = bound.Register(() =>
        {
            foreach (var connection in _connections.Values)
            {
                connection.Abort();
            }
        });
        while (!_running.IsEmpty)
        {
            await Task.WhenAll(_running.Values);
            await Task.Yield();
        }
    }

    private async Task DialAsync(NodeAddress peer)
    {
        // Off the scheduler's thread from the first instruction: creating sockets and TLS contexts takes its time.
        var stopped = _stop.Token;
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var channel = await dialler.DialAsync(peer, stopped);
        if (channel is not null)
        {
            Attach(channel, authenticated: null);
        }
        else
        {
            environment.Inbox.Post(new CoreAnswer.DialFailed(peer));
        }
    }

    private async Task RunAsync(LinkConnection connection)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        if (_stop.IsCancellationRequested)
        {
            connection.Abort();
        }

        try
        {
            await connection.RunAsync();
        }
        catch (Exception e)
        {
            Transport.Log.ConnectionFailed(log, e.GetType().Name);
        }

        _connections.TryRemove(connection.Id, out _);
        connection.Dispose();
    }
}
