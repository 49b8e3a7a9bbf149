using Microsoft.Extensions.Logging;
using MixMq.Overlay;
using MixMq.Overlay.Links;
using MixMq.Transport.Scheduling;

namespace MixMq.Transport.Links;

/// <summary>
/// The reading half of a connection: cuts the stream into cells and hands them to the scheduler. A cell's bytes are copied once, by TLS, into the
/// buffer in which the packet stays until it is sent on; while nothing comes there is no buffer.
/// </summary>
internal sealed class LinkReader(ConnectionId id, Stream stream, LinkEnvironment environment)
{
    private volatile bool _authenticated;

    /// <summary>The peer has proved who it is, and may use the buffers of packets from now on. Any thread.</summary>
    internal void MarkAuthenticated() => _authenticated = true;

    /// <summary>Reads until the stream ends, is broken off, or nobody takes its cells any more; never throws.</summary>
    internal async Task RunAsync(CancellationToken cancellation)
    {
        PacketBuffer? cell = null;
        try
        {
            while (true)
            {
                // Zero-byte read: waits without a buffer of ours or of TLS.
                _ = await stream.ReadAsync(Memory<byte>.Empty, cancellation);
                if (!TryRent(out cell))
                {
                    environment.Count(DropCause.PoolEmpty, 1);
                    return;
                }

                for (var filled = 0; filled < environment.CellBytes;)
                {
                    var read = await stream.ReadAsync(cell.CellMemory[filled..], cancellation);
                    if (read == 0)
                    {
                        // Whatever is left is less than a cell.
                        return;
                    }

                    filled += read;
                }

                var taken = cell;
                cell = null;
                var type = (CellType)taken.Cell[0];
                if (type is CellType.Packet or CellType.Padding)
                {
                    TakePacket(taken);
                }
                else if (!await TakeControlAsync(taken, cancellation))
                {
                    return;
                }
            }
        }
        catch (Exception e) when (LinkConnection.IsEndOfConnection(e))
        {
            // Broken off, by either side. The scheduler hears that it has ended; why, the network doesn't say.
        }
        catch (Exception e)
        {
            Log.ReaderFailed(environment.Log, e.GetType().Name);
        }
        finally
        {
            cell?.Return();
        }
    }

    /// <summary>
    /// Nearly all cells are packets, so what comes is read into a packet's buffer. A stranger gets none of these, and where there is none left the
    /// cell may still be one that must not be lost: there is a buffer of the other kind for every connection's next cell.
    /// </summary>
    private bool TryRent([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out PacketBuffer? cell) =>
        (_authenticated && environment.Packets.TryRent(out cell)) || environment.Controls.TryRent(out cell);

    // Only packets may be lost; topology and control cells have buffers of their own, which packets can't use up.
    private void TakePacket(PacketBuffer cell)
    {
        cell.TakenMicros = environment.Clock.Micros;
        if (environment.IsDraining)
        {
            Drop(cell, DropCause.Stopped);
        }
        else if (!environment.Packets.TryAdopt(ref cell))
        {
            Drop(cell, DropCause.PoolEmpty);
        }
        else if (!environment.Inbox.TryPost(new LinkInput(id, null, cell)))
        {
            Drop(cell, DropCause.InboundQueueFull);
        }
    }

    private ValueTask<bool> TakeControlAsync(PacketBuffer cell, CancellationToken cancellation)
    {
        if (environment.Controls.TryAdopt(ref cell))
        {
            return PostAsync(cell, cancellation);
        }

        Drop(cell, DropCause.PoolEmpty);
        return ValueTask.FromResult(false);
    }

    private async ValueTask<bool> PostAsync(PacketBuffer cell, CancellationToken cancellation)
    {
        var posted = false;
        try
        {
            posted = await environment.Inbox.PostAsync(new LinkInput(id, null, cell), cancellation);
            return posted;
        }
        finally
        {
            if (!posted)
            {
                cell.Return();
            }
        }
    }

    private void Drop(PacketBuffer cell, DropCause cause)
    {
        cell.Return();
        environment.Count(cause, 1);
    }
}
