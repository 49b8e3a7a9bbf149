using MixMq.Overlay;
using MixMq.Overlay.Links;
using MixMq.Simulation.Nodes;
using MixMq.Simulation.Observation;
using MixMq.Simulation.Time;

namespace MixMq.Simulation.Network;

/// <summary>
/// One end of a connection, as a node's shell has it: the outbound queues of the real writer, and what is under way from this end to the other.
/// Cells stay in order; what the line holds back waits, and holds the writer back in its turn.
/// </summary>
internal sealed class SimEnd : IEventTarget
{
    private const int Arrive = 0;
    private const int Finish = 1;
    private const int WriteOn = 2;
    private const int Handle = 3;
    private const int Abandon = 4;

    /// <summary>How long a connection that is being closed may take to write out what waits, as in the shipping shell.</summary>
    private const long FlushMicros = 2 * Moment.MicrosPerSecond;

    private readonly World _world;
    private readonly LinkScheduler _outbound = new();
    private readonly Queue<byte[]?> _held = new();
    private readonly SimLine _line;
    private SimEnd _other = null!;
    private long _lastArrival;
    private long _freeAt;
    private int _underWay;
    private bool _isClosing;
    private bool _wakes;

    internal SimEnd(World world, SimNode node, ConnectionId id, SimLine line)
    {
        _world = world;
        _line = line;
        Node = node;
        Id = id;
    }

    public SimNode Node { get; }

    public ConnectionId Id { get; }

    public SimEnd Other => _other;

    public SimNode Peer => _line.To;

    /// <summary>Whether the process at this end still has it.</summary>
    public bool IsOpen { get; private set; } = true;

    /// <summary>Cells that wait for the writer.</summary>
    public int Queued => _outbound.Count;

    /// <summary>Written and not yet taken in at the other end.</summary>
    public int UnderWay => _underWay;

    internal bool IsDirty { get; set; }

    internal static void Join(SimEnd one, SimEnd other)
    {
        one._other = other;
        other._other = one;
    }

    /// <summary>Queues a complete cell; false where its queue is full or the end is closing: the caller still owns it.</summary>
    public bool TryEnqueue(PacketBuffer cell) => IsOpen && !_isClosing && _outbound.TryEnqueue(cell);

    /// <summary>The writer: takes from the queues what the line takes.</summary>
    public void Pump()
    {
        if (!IsOpen)
        {
            return;
        }

        var now = _world.Clock.Micros;
        while (_underWay < _line.Window && !_line.IsClogged && _freeAt <= now && _outbound.TryDequeue(out var cell))
        {
            var bytes = _world.Cells.Take();
            cell.Cell.CopyTo(bytes);
            cell.Return();
            Write(bytes, now);
        }

        if (_outbound.Count > 0 && _underWay >= _line.Window)
        {
            _world.Marks.Hit(Mark.WriterBlocked);
        }

        if (_outbound.Count == 0 && _isClosing)
        {
            IsOpen = false;
            SendLast(now);
        }
        else if (_outbound.Count > 0 && _freeAt > now && !_wakes)
        {
            _wakes = true;
            _world.Clock.At(_freeAt, new SimEvent(this, WriteOn, 0, 0, null));
        }
    }

    /// <summary>Puts a cell on the wire past the queues, as a hostile node's own program may.</summary>
    public void WriteRaw(ReadOnlySpan<byte> cell)
    {
        if (IsOpen)
        {
            var bytes = _world.Cells.Take();
            cell.CopyTo(bytes);
            Write(bytes, _world.Clock.Micros);
        }
    }

    /// <summary>Writes what is queued, within a bound, and closes.</summary>
    public void Close()
    {
        if (IsOpen && !_isClosing)
        {
            _isClosing = true;
            _world.Clock.At(_world.Clock.Micros + FlushMicros, new SimEvent(this, Abandon, 0, 0, null));
            Pump();
        }
    }

    /// <summary>The process is gone: the machine closes the connection, with what was written and nothing of what waited.</summary>
    public void Abort()
    {
        if (IsOpen)
        {
            IsOpen = false;
            _ = _outbound.Clear();
            SendLast(_world.Clock.Micros);
        }
    }

    /// <summary>The machine is gone without a word.</summary>
    public void Vanish()
    {
        IsOpen = false;
        _ = _outbound.Clear();
    }

    /// <summary>The network resets the connection: this end is told, what waits and what is under way is lost.</summary>
    public void Reset()
    {
        if (IsOpen)
        {
            IsOpen = false;
            _ = _outbound.Clear();
            Node.Disconnected(this);
        }
    }

    /// <summary>What the line held back arrives now, if it holds back no more.</summary>
    public void Release()
    {
        while (!_world.Network.IsHeldBack(_other._line) && _held.TryDequeue(out var bytes))
        {
            TakeIn(bytes);
        }
    }

    public void Fire(in SimEvent what)
    {
        switch (what.Kind)
        {
            case Arrive:
            case Finish:
                var bytes = (byte[]?)what.Payload;
                if (_held.Count > 0 || _world.Network.IsHeldBack(_other._line))
                {
                    _held.Enqueue(bytes);
                }
                else
                {
                    TakeIn(bytes);
                }

                break;
            case Handle:
                HandleCell((byte[])what.Payload!);
                break;
            case WriteOn:
                _wakes = false;
                Pump();
                break;
            case Abandon:
                Abort();
                break;
            default:
                throw new InvalidOperationException("An event without a meaning.");
        }
    }

    private void Write(byte[] bytes, long now)
    {
        if (!Node.OnWriting(Peer, bytes) || _world.Network.CellFilter?.Invoke(Node, Peer, bytes) == false)
        {
            _world.Cells.Return(bytes);
            return;
        }

        _world.Events.CellWritten(Node, Peer, bytes);
        var leaves = now;
        if (_line.BytesPerSecond > 0)
        {
            leaves = Math.Max(now, _freeAt) + (bytes.Length * Moment.MicrosPerSecond / _line.BytesPerSecond);
            _freeAt = leaves;
        }

        _underWay++;
        _lastArrival = Math.Max(_lastArrival, leaves + _line.Delay.Sample(_world.Network.Random));
        _world.Clock.At(_lastArrival, new SimEvent(_other, Arrive, 0, 0, bytes));
    }

    private void SendLast(long now)
    {
        _lastArrival = Math.Max(_lastArrival, now + _line.Delay.Sample(_world.Network.Random));
        _world.Clock.At(_lastArrival, new SimEvent(_other, Finish, 0, 0, null));
    }

    private void TakeIn(byte[]? bytes)
    {
        if (bytes is null)
        {
            Reset();
            _world.Network.Forget(this);
            return;
        }

        if (!IsOpen || !Node.IsRunning)
        {
            _world.Cells.Return(bytes);
            _other._underWay--;

            // A machine that doesn't know the connection says so; one that is off says nothing.
            if (_other.IsOpen && !IsOpen && !_isClosing && Node.IsMachineUp && _world.Network.ResetsUnknown)
            {
                SendLast(_world.Clock.Micros);
            }

            return;
        }

        var start = Node.ReserveReader(_world.Clock.Micros);
        if (start > _world.Clock.Micros)
        {
            _world.Clock.At(start, new SimEvent(this, Handle, 0, 0, bytes));
        }
        else
        {
            HandleCell(bytes);
        }
    }

    private void HandleCell(byte[] bytes)
    {
        _other._underWay--;
        if (IsOpen && Node.IsRunning)
        {
            Node.CellArrived(this, bytes);
        }

        _world.Cells.Return(bytes);
        if (_other._outbound.Count > 0)
        {
            _other.Pump();
        }
    }
}
