using System.Buffers.Binary;
using MixMq.Overlay;
using MixMq.Sphinx;

namespace MixMq.Fuzz.Worlds;

/// <summary>Two seats, the wires between them and one clock. Nothing happens of itself: each step is asked for.</summary>
internal sealed class OverlayPair
{
    private readonly Dictionary<ConnectionId, Wire> _byId = [];
    private long _lastId;

    /// <param name="dials">By seat: whether it dials the other one.</param>
    public OverlayPair(bool firstDials, bool secondDials)
    {
        Seats = [new(this, 0, Options(0, firstDials)), new(this, 1, Options(1, secondDials))];
        foreach (var seat in Seats)
        {
            var sink = seat;
            seat.Core.Start(Time.Now, ref sink);
        }
    }

    public VirtualTime Time { get; } = new();

    public OverlaySeat[] Seats { get; }

    /// <summary>All wires on which something is under way, or that a core has open; oldest first.</summary>
    public List<Wire> Wires { get; } = [];

    private static NodeAddress Address(int seat) => SmallNetwork.Address((byte)(0x20 + (0x40 * seat)));

    /// <summary>Both ends' link is up, and on one connection.</summary>
    public bool IsLinked =>
        Seats[0].Core.TryGetLink(Address(1), out var first) && Seats[1].Core.TryGetLink(Address(0), out var second) && first == second;

    public static NodeAddress Other(int seat) => Address(1 - seat);

    /// <summary>A dial succeeds: both ends have a new connection.</summary>
    public void Connect(int dialling)
    {
        var id = new ConnectionId(++_lastId);
        var wire = new Wire(id);
        Wires.Add(wire);
        _byId.Add(id, wire);
        for (var i = 0; i < Seats.Length; i++)
        {
            // The end that accepts may be told second, when the dialling one's first cell is under way already.
            var seat = (dialling + i) % Seats.Length;
            var sink = Seats[seat];
            sink.Core.HandleConnected(id, Info(seat, dialling == seat), Time.Now, ref sink);
        }

        Forget();
    }

    public ConnectionInfo Info(int seat, bool dialled)
    {
        var binding = new byte[12];
        BinaryPrimitives.WriteInt64LittleEndian(binding, _lastId);
        return new ConnectionInfo
        {
            DialledPeer = dialled ? Other(seat) : null,
            ChannelBinding = binding,
            LocalCertificateHash = Address(seat).ToArray(),
            RemoteCertificateHash = Other(seat).ToArray(),
            TrustedFor = [Other(seat)],
        };
    }

    public void Send(int from, ConnectionId id, byte[] cell)
    {
        InvariantException.Require(_byId.TryGetValue(id, out var wire) && wire.IsOpen[from], "A core sends only on connections that it has.");
        wire!.UnderWay[1 - from].Add(cell);
    }

    public void Close(int closing, ConnectionId id)
    {
        InvariantException.Require(_byId.TryGetValue(id, out var wire) && wire.IsOpen[closing], "A core closes only connections that it has.");
        wire!.IsOpen[closing] = false;
        wire.UnderWay[1 - closing].Add(null);
    }

    /// <summary>One end hears that a connection is gone, whatever is under way.</summary>
    public void Break(Wire wire, int seat)
    {
        if (wire.IsOpen[seat])
        {
            wire.IsOpen[seat] = false;
            var sink = Seats[seat];
            sink.Core.HandleDisconnected(wire.Id, Time.Now, ref sink);
        }

        wire.UnderWay[seat].Clear();
        Forget();
    }

    /// <summary>What is under way first arrives.</summary>
    public void Deliver(Wire wire, int to)
    {
        if (wire.UnderWay[to].Count == 0)
        {
            return;
        }

        var cell = wire.UnderWay[to][0];
        wire.UnderWay[to].RemoveAt(0);
        if (cell is null)
        {
            Break(wire, to);
        }
        else if (wire.IsOpen[to])
        {
            Hand(to, wire.Id, cell);
        }

        Forget();
    }

    /// <summary>Hands a cell to a core, as its shell would.</summary>
    public void Hand(int to, ConnectionId id, ReadOnlySpan<byte> bytes)
    {
        var sink = Seats[to];
        if (sink.Pool.TryRent(out var cell))
        {
            bytes.CopyTo(cell.Cell);
            sink.Core.HandleCell(id, cell, Time.Now, ref sink);
        }
    }

    /// <summary>Time passes for both; a core that is called when it asked to be has then done what was due.</summary>
    public void Advance(long micros)
    {
        Time.Advance(micros);
        foreach (var seat in Seats)
        {
            var sink = seat;
            for (var calls = 0; seat.Core.NextDeadline <= Time.Now.Micros; calls++)
            {
                InvariantException.Require(calls < 8, "A core that was called at its deadline has a later one.");
                seat.Core.Advance(Time.Now, ref sink);
            }
        }

        Forget();
    }

    /// <summary>Everything goes well until the link is up at both ends, for so long at most.</summary>
    /// <returns>Whether it is.</returns>
    public bool Calm(long micros)
    {
        var end = Time.Now.Micros + micros;
        while (true)
        {
            Settle();
            if (IsLinked || Time.Now.Micros >= end)
            {
                return IsLinked;
            }

            var next = Math.Min(Seats[0].Core.NextDeadline, Seats[1].Core.NextDeadline);
            Advance(Math.Clamp(next - Time.Now.Micros, 1, end - Time.Now.Micros));
        }
    }

    /// <summary>Everything under way arrives and everything asked for is answered.</summary>
    public void Settle()
    {
        for (var busy = true; busy;)
        {
            busy = false;
            for (var i = 0; i < Seats.Length; i++)
            {
                var sink = Seats[i];
                busy |= sink.Dials.Count > 0 || sink.Answers.Count > 0;
                while (sink.Dials.TryDequeue(out _))
                {
                    Connect(i);
                }

                while (sink.Answers.TryDequeue(out var answer))
                {
                    answer();
                }

                foreach (var wire in Wires.ToArray())
                {
                    busy |= wire.UnderWay[i].Count > 0;
                    while (wire.UnderWay[i].Count > 0)
                    {
                        Deliver(wire, i);
                    }
                }
            }
        }
    }

    private void Forget() => Wires.RemoveAll(wire => !wire.IsOpen[0] && !wire.IsOpen[1] && wire.UnderWay[0].Count == 0 && wire.UnderWay[1].Count == 0);

    private static OverlayOptions Options(int seat, bool dials) => new()
    {
        Network = SmallNetwork.Parameters,
        Own = Address(seat),
        Relays = true,
        Peers = [new PeerOptions(Other(seat), "other", dials, Accepts: true) { HandsOver = seat == 0 }],
        DelayQueueLimit = 16,
    };
}
