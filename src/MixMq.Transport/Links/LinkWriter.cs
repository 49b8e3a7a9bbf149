using System.Buffers;
using System.Net.Security;
using Microsoft.Extensions.Logging;
using MixMq.Overlay;
using MixMq.Overlay.Links;

namespace MixMq.Transport.Links;

/// <summary>
/// The writing half of a connection: its outbound queues, and the task that writes what they hold, as much as a TLS record takes at a time.
/// </summary>
/// <remarks>
/// A busy link pays for one record and one system call for several cells (five of the default size), not for one each. The price is one more copy of
/// each cell, into the record's text: TLS encrypts from one span, and a copy of 16 KiB costs a tenth of what the records saved would.
/// </remarks>
internal sealed class LinkWriter(SslStream stream, LinkEnvironment environment)
{
    /// <summary>Bytes that one write gathers: as much as a TLS record holds.</summary>
    private const int GatherBytes = 16 * 1024;

    private readonly Lock _lock = new();
    private readonly LinkScheduler _outbound = new();
    private readonly PacketBuffer?[] _batch = new PacketBuffer?[Math.Max(1, GatherBytes / environment.CellBytes)];
    private readonly WakeSignal _signal = new();
    private bool _waiting;
    private bool _closing;
    private bool _cancelled;

    /// <summary>No cell is taken any more: the connection is being closed, or has ended.</summary>
    internal bool IsClosing => Volatile.Read(ref _closing);

    /// <summary>Queues a cell, which goes out after <see cref="Wake"/> at the latest. Any thread. False: no room or closing; the caller still owns it.</summary>
    internal bool TryEnqueue(PacketBuffer cell)
    {
        lock (_lock)
        {
            return !_closing && _outbound.TryEnqueue(cell);
        }
    }

    /// <summary>Sees to it that what is queued is written. Any thread; returns at once.</summary>
    internal void Wake()
    {
        lock (_lock)
        {
            if (!_waiting || !HasNews)
            {
                return;
            }

            _waiting = false;
        }

        _signal.Set();
    }

    /// <summary>Takes no more; the writer ends when what is queued is written. False: that was so already.</summary>
    internal bool TryClose()
    {
        lock (_lock)
        {
            if (_closing)
            {
                return false;
            }

            _closing = true;
        }

        Wake();
        return true;
    }

    /// <summary>Once the task has ended: takes no more, returns what is left and says how many of it were packets.</summary>
    internal int Clear()
    {
        lock (_lock)
        {
            _closing = true;
            return _outbound.Clear();
        }
    }

    /// <summary>Writes until it is closed and all is written, or the stream breaks; never throws.</summary>
    internal async Task RunAsync(CancellationToken cancellation)
    {
        byte[]? text = null;
        await using var registration = cancellation.UnsafeRegister(static writer => ((LinkWriter)writer!).Cancel(), this);
        try
        {
            while (true)
            {
                var count = Take(out var ended);
                if (count > 0)
                {
                    text ??= ArrayPool<byte>.Shared.Rent(_batch.Length * environment.CellBytes);
                    await stream.WriteAsync(text.AsMemory(0, Gather(count, text)), cancellation);
                }
                else if (ended)
                {
                    await stream.ShutdownAsync();
                    return;
                }
                else
                {
                    Return(ref text);
                    await WaitAsync();
                    cancellation.ThrowIfCancellationRequested();
                }
            }
        }
        catch (Exception e) when (LinkConnection.IsEndOfConnection(e))
        {
            // As in the reader.
        }
        catch (Exception e)
        {
            Log.WriterFailed(environment.Log, e.GetType().Name);
        }
        finally
        {
            Return(ref text);
        }
    }

    private bool HasNews => _closing || _cancelled || _outbound.Count > 0;

    private static void Return(ref byte[]? text)
    {
        if (text is not null)
        {
            ArrayPool<byte>.Shared.Return(text, clearArray: true);
            text = null;
        }
    }

    private void Cancel()
    {
        lock (_lock)
        {
            _cancelled = true;
        }

        Wake();
    }

    private ValueTask WaitAsync()
    {
        lock (_lock)
        {
            if (HasNews)
            {
                return ValueTask.CompletedTask;
            }

            _waiting = true;
            return _signal.Arm();
        }
    }

    private int Take(out bool ended)
    {
        var count = 0;
        lock (_lock)
        {
            while (count < _batch.Length && _outbound.TryDequeue(out var cell))
            {
                _batch[count++] = cell;
            }

            ended = _closing && count == 0;
        }

        return count;
    }

    private int Gather(int count, byte[] text)
    {
        var length = 0;
        for (var i = 0; i < count; i++)
        {
            var cell = _batch[i]!;
            _batch[i] = null;
            cell.Cell.CopyTo(text.AsSpan(length));
            length += environment.CellBytes;
            cell.Return();
        }

        return length;
    }
}
