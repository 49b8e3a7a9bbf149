using System.Threading.Channels;
using MixMq.Overlay;
using MixMq.Transport.Scheduling;
using MixMq.Transport.Tls;

namespace MixMq.Transport.Links;

/// <summary>
/// One TLS connection with its reader and its writer task. Neither does any cryptography but TLS, and whatever goes wrong in
/// either ends this connection and nothing else.
/// </summary>
internal sealed class LinkConnection : IDisposable
{
    /// <summary>How long a connection that is being closed may take to write out what waits.</summary>
    private static readonly TimeSpan FlushTime = TimeSpan.FromSeconds(2);

    private readonly TlsChannel _channel;
    private readonly LinkEnvironment _environment;
    private readonly LinkReader _reader;
    private readonly LinkWriter _writer;
    private readonly CancellationTokenSource _stop = new();
    private readonly Action? _authenticated;
    private int _isAuthenticated;

    /// <summary>Takes ownership of the channel.</summary>
    /// <param name="id">Its name.</param>
    /// <param name="channel">TLS is up.</param>
    /// <param name="environment">What all connections share.</param>
    /// <param name="authenticated">Called once, when the peer is authenticated or the connection has ended.</param>
    internal LinkConnection(ConnectionId id, TlsChannel channel, LinkEnvironment environment, Action? authenticated)
    {
        Id = id;
        _channel = channel;
        _environment = environment;
        _authenticated = authenticated;
        _reader = new LinkReader(id, channel.Stream, environment);
        _writer = new LinkWriter(channel.Stream, environment);
    }

    internal ConnectionId Id { get; }

    /// <summary>The certificate that the other side showed.</summary>
    internal SeenCertificate Remote => _channel.Remote;

    /// <summary>The scheduler's own note, on its thread alone: cells were queued in this round.</summary>
    internal bool IsToBeWoken { get; set; }

    /// <summary>After <see cref="RunAsync"/>; closing and aborting do nothing from then on.</summary>
    public void Dispose() => _stop.Dispose();

    /// <summary>Queues a cell, which goes out after <see cref="Wake"/> at the latest. Any thread. False: no room or closing; the caller still owns it.</summary>
    internal bool TryEnqueue(PacketBuffer cell) => _writer.TryEnqueue(cell);

    /// <summary>Sees to it that what is queued is written. Any thread; returns at once.</summary>
    internal void Wake() => _writer.Wake();

    /// <summary>The core has authenticated the peer: the bounds on unauthenticated connections no longer hold for it.</summary>
    internal void MarkAuthenticated()
    {
        if (_isAuthenticated == 0 && Interlocked.Exchange(ref _isAuthenticated, 1) == 0)
        {
            _channel.Budget.Lift(new ReadPace(_environment.Ticks));
            _reader.MarkAuthenticated();
            _authenticated?.Invoke();
        }
    }

    /// <summary>Writes what is queued, within a bound, and closes. Any thread; returns at once.</summary>
    internal void Close()
    {
        if (_writer.TryClose())
        {
            CancelAfter(FlushTime);
        }
    }

    /// <summary>Closes without writing anything more. Any thread.</summary>
    internal void Abort() => CancelAfter(TimeSpan.Zero);

    /// <summary>Tells the scheduler of the connection, then reads and writes until it ends; never throws.</summary>
    internal async Task RunAsync()
    {
        try
        {
            if (await _environment.Inbox.PostAsync(new LinkInput(Id, _channel.Info, null), _stop.Token))
            {
                var reader = _reader.RunAsync(_stop.Token);
                var writer = _writer.RunAsync(_stop.Token);
                if (await Task.WhenAny(reader, writer) == writer && _writer.IsClosing)
                {
                    // What waited is written and so is TLS's own goodbye. Closing a socket with bytes unread would reset the
                    // connection and could take away what the peer hasn't read yet; so read on until it closes, or time is up.
                    await reader;
                }

                await _stop.CancelAsync();
                await Task.WhenAll(reader, writer);
            }
        }
        catch (OperationCanceledException)
        {
            // Closed before the scheduler heard of it.
        }

        _environment.Count(DropCause.NoLink, _writer.Clear());
        try
        {
            await DisposeStreamAsync();
        }
        finally
        {
            if (Interlocked.Exchange(ref _isAuthenticated, 1) == 0)
            {
                _authenticated?.Invoke();
            }

            await _environment.Inbox.PostAsync(new LinkInput(Id, null, null), CancellationToken.None);
        }
    }

    /// <summary>What the network does, and what our own closing does to reads and writes that are under way.</summary>
    internal static bool IsEndOfConnection(Exception e) =>
        e is IOException or OperationCanceledException or ObjectDisposedException or InvalidOperationException or ChannelClosedException;

    private async Task DisposeStreamAsync()
    {
        try
        {
            await _channel.Stream.DisposeAsync();
        }
        catch (Exception e) when (IsEndOfConnection(e))
        {
            // Already gone.
        }
    }

    private void CancelAfter(TimeSpan delay)
    {
        try
        {
            _stop.CancelAfter(delay);
        }
        catch (ObjectDisposedException)
        {
            // It has ended by itself.
        }
    }
}
