using System.Buffers;
using System.IO.Pipelines;
using System.Net.Security;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using MixMq.Overlay;
using MixMq.Overlay.Links;
using MixMq.Transport.Scheduling;
using MixMq.Transport.Tls;

namespace MixMq.Transport.Links;

/// <summary>
/// One TLS connection with its reader and its writer task. The reader cuts the stream into cells and hands them to the
/// scheduler; the writer takes what the outbound queues hold and writes it in one go. Neither does any cryptography but TLS,
/// and whatever goes wrong in either ends this connection and nothing else.
/// </summary>
internal sealed class LinkConnection : IDisposable
{
    /// <summary>Bytes that one write gathers: as much as a TLS record holds, so that a busy link pays for one record, not for one a cell.</summary>
    private const int GatherBytes = 16 * 1024;

    /// <summary>How long a connection that is being closed may take to write out what waits.</summary>
    private static readonly TimeSpan FlushTime = TimeSpan.FromSeconds(2);

    private readonly TlsChannel _channel;
    private readonly LinkEnvironment _environment;
    private readonly Lock _lock = new();
    private readonly LinkScheduler _outbound = new();
    private readonly CancellationTokenSource _stop = new();

    /// <summary>Wakes the writer. One token is enough however many cells wait: full mode DropWrite.</summary>
    private readonly Channel<bool> _written = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    private readonly Action? _authenticated;
    private bool _closing;
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
    }

    internal ConnectionId Id { get; }

    /// <summary>The certificate that the other side showed.</summary>
    internal SeenCertificate Remote => _channel.Remote;

    /// <summary>After <see cref="RunAsync"/>; closing and aborting do nothing from then on.</summary>
    public void Dispose() => _stop.Dispose();

    /// <summary>Queues a packet. Any thread. False: no room or closing; the caller still owns it.</summary>
    internal bool TryEnqueue(PacketBuffer cell)
    {
        lock (_lock)
        {
            if (_closing || !_outbound.TryEnqueue(cell))
            {
                return false;
            }
        }

        _written.Writer.TryWrite(true);
        return true;
    }

    /// <summary>The core has authenticated the peer: the bounds on unauthenticated connections no longer hold for it.</summary>
    internal void MarkAuthenticated()
    {
        if (Interlocked.Exchange(ref _isAuthenticated, 1) == 0)
        {
            _channel.Budget.Lift();
            _authenticated?.Invoke();
        }
    }

    /// <summary>Writes what is queued, within a bound, and closes. Any thread; returns at once.</summary>
    internal void Close()
    {
        lock (_lock)
        {
            if (_closing)
            {
                return;
            }

            _closing = true;
        }

        _written.Writer.TryWrite(true);
        CancelAfter(FlushTime);
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
                var reader = ReadAsync(_stop.Token);
                var writer = WriteAsync(_stop.Token);
                if (await Task.WhenAny(reader, writer) == writer && _closing)
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

        lock (_lock)
        {
            _closing = true;
            _environment.Count(DropCause.NoLink, _outbound.Clear());
        }

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

    private async Task ReadAsync(CancellationToken cancellation)
    {
        // Zero-byte reads: an idle link holds no buffer.
        var pipe = PipeReader.Create(
            _channel.Stream,
            new StreamPipeReaderOptions(bufferSize: GatherBytes, minimumReadSize: 1024, leaveOpen: true, useZeroByteReads: true));
        try
        {
            var cellBytes = _environment.CellBytes;
            while (true)
            {
                var result = await pipe.ReadAtLeastAsync(cellBytes, cancellation);
                var rest = result.Buffer;
                while (rest.Length >= cellBytes)
                {
                    if (!await TakeAsync(rest.Slice(0, cellBytes), cancellation))
                    {
                        return;
                    }

                    rest = rest.Slice(cellBytes);
                }

                pipe.AdvanceTo(rest.Start, rest.End);
                if (result.IsCompleted)
                {
                    // Whatever is left is less than a cell.
                    return;
                }
            }
        }
        catch (Exception e) when (IsEndOfConnection(e))
        {
            // Broken off, by either side. The scheduler hears that it has ended; why, the network doesn't say.
        }
        catch (Exception e)
        {
            Log.ReaderFailed(_environment.Log, e.GetType().Name);
        }
        finally
        {
            await pipe.CompleteAsync();
        }
    }

    private async ValueTask<bool> TakeAsync(ReadOnlySequence<byte> bytes, CancellationToken cancellation)
    {
        // Only packets may be lost; topology and control cells have buffers of their own, which packets can't use up.
        var type = (CellType)bytes.FirstSpan[0];
        var droppable = type is CellType.Packet or CellType.Padding;
        if (!(droppable ? _environment.Packets : _environment.Controls).TryRent(out var cell))
        {
            _environment.Count(DropCause.PoolEmpty, 1);
            return droppable;
        }

        bytes.CopyTo(cell.Cell);
        if (!droppable)
        {
            if (!await _environment.Inbox.PostAsync(new LinkInput(Id, null, cell), cancellation))
            {
                cell.Return();
                return false;
            }

            return true;
        }

        var cause = _environment.IsDraining ? DropCause.Stopped : DropCause.InboundQueueFull;
        if (_environment.IsDraining || !_environment.Inbox.TryPost(new LinkInput(Id, null, cell)))
        {
            cell.Return();
            _environment.Count(cause, 1);
        }

        return true;
    }

    private async Task WriteAsync(CancellationToken cancellation)
    {
        var cellBytes = _environment.CellBytes;
        var most = Math.Max(1, GatherBytes / cellBytes);
        var gathered = ArrayPool<byte>.Shared.Rent(most * cellBytes);
        try
        {
            while (true)
            {
                var length = Gather(gathered, most, cellBytes, out var ended);
                if (length > 0)
                {
                    await _channel.Stream.WriteAsync(gathered.AsMemory(0, length), cancellation);
                }
                else if (ended)
                {
                    await _channel.Stream.ShutdownAsync();
                    return;
                }
                else
                {
                    await _written.Reader.ReadAsync(cancellation);
                }
            }
        }
        catch (Exception e) when (IsEndOfConnection(e))
        {
            // As in the reader.
        }
        catch (Exception e)
        {
            Log.WriterFailed(_environment.Log, e.GetType().Name);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(gathered, clearArray: true);
        }
    }

    private int Gather(byte[] gathered, int most, int cellBytes, out bool ended)
    {
        var length = 0;
        lock (_lock)
        {
            for (var i = 0; i < most && _outbound.TryDequeue(out var cell); i++)
            {
                cell.Cell.CopyTo(gathered.AsSpan(length));
                length += cellBytes;
                cell.Return();
            }

            ended = _closing && length == 0;
        }

        return length;
    }

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

    private static bool IsEndOfConnection(Exception e) =>
        e is IOException or OperationCanceledException or ObjectDisposedException or InvalidOperationException or ChannelClosedException;
}
