using MixMq.Fuzz.Worlds;
using MixMq.Overlay;
using MixMq.Overlay.Links;
using MixMq.Sphinx;

namespace MixMq.Fuzz.Targets;

/// <summary>
/// Two nodes and a hostile wire, driven by a sequence of operations: cells are lost, doubled, changed about, altered or made up, connections break on one
/// side or both, answers come late, clocks are set. Whatever was done, the nodes throw nothing, send only on connections that they have, return each
/// buffer; and when the wire is left alone, the link is up within three minutes. First byte: bit 0, the first dials; bit 1, the second; neither: the first.
/// Bit 2: the link is up before the first operation.
/// </summary>
internal sealed class LinkCoresTarget : FuzzTarget
{
    private const int MostSteps = 128;

    /// <summary>Longest back-off, and time for a handshake that hangs to be given up, and once more.</summary>
    private const long HealMicros = 180 * Moment.MicrosPerSecond;

    private enum Step
    {
        Deliver, Drop, Double, Swap, Flip, Wait, Connect, FailDial, Break, Answer, Settle, SetWall, MixKeys, MakeUp, SendPacket, Unwrap,
    }

    public override string Name => "link-cores";

    public override IReadOnlyList<string> Parsers =>
    [
        "MixMq.Overlay.Links.LinkCore::", "MixMq.Overlay.Links.LinkHandshake::", "MixMq.Overlay.Links.HelloMonitor::", "MixMq.Overlay.Links.LinkCell::",
        "MixMq.Overlay.Links.DialBackoff::", "MixMq.Overlay.Links.FlapDamper::", "MixMq.Overlay.OverlayCore::",
    ];

    public override IEnumerable<(string Name, byte[] Bytes)> Seeds =>
    [
        ("calm", [1, (byte)Step.Settle]),
        ("both-dial", [3, (byte)Step.Connect, 0x10 | (byte)Step.Connect, (byte)Step.Settle, (byte)Step.Wait, 50]),
        ("lossy-handshake", [1, (byte)Step.Connect, (byte)Step.Drop, (byte)Step.Wait, 200]),
        ("altered", [5, (byte)Step.Wait, 30, (byte)Step.Flip, 0, 0, 1, (byte)Step.Deliver]),
        ("doubled", [7, (byte)Step.Wait, 30, (byte)Step.Double, (byte)Step.Deliver, (byte)Step.Deliver]),
        ("half-open", [5, 0x10 | (byte)Step.Break, (byte)Step.Wait, 255, (byte)Step.Wait, 255]),
        ("packets", [5, (byte)Step.MixKeys, 0x10 | (byte)Step.MixKeys, (byte)Step.SendPacket, (byte)Step.Settle, 0x10 | (byte)Step.Unwrap, 2, 0x10 | (byte)Step.Unwrap, 3]),
        ("made-up", [5, (byte)Step.MakeUp, 1, 0, (byte)ControlKind.Goodbye, 4, (byte)Step.Wait, 200]),
        ("clock-set", [5, (byte)Step.SetWall, 200, (byte)Step.Wait, 255, (byte)Step.SetWall, 0]),
    ];

    public override bool Run(ReadOnlySpan<byte> input)
    {
        var choices = new FuzzInput(input);
        var flags = choices.Byte();
        var pair = new OverlayPair((flags & 1) != 0 || (flags & 2) == 0, (flags & 2) != 0);
        if ((flags & 4) != 0)
        {
            InvariantException.Require(pair.Calm(HealMicros), "Undisturbed, a link comes up.");
        }

        for (var steps = 0; steps < MostSteps && !choices.AtEnd; steps++)
        {
            Do(pair, ref choices);
        }

        InvariantException.Require(pair.Calm(HealMicros), "Left alone, a link comes up again.");
        for (var i = 0; i < pair.Seats.Length; i++)
        {
            while (pair.Seats[i].Unwraps.Count > 0)
            {
                AnswerUnwrap(pair, i, 0);
            }

            Stop(pair, i);
        }

        return true;
    }

    private static void Do(OverlayPair pair, ref FuzzInput choices)
    {
        var choice = choices.Byte();
        var seat = (choice >> 4) & 1;
        var wire = pair.Wires.Count == 0 ? null : pair.Wires[(choice >> 5) % pair.Wires.Count];
        var cells = wire?.UnderWay[seat] ?? [];
        switch ((Step)(choice & 0xf))
        {
            case Step.Deliver when wire is not null:
                pair.Deliver(wire, seat);
                break;
            case Step.Drop when cells.Count > 0 && cells[0] is not null:
                cells.RemoveAt(0);
                break;
            case Step.Double when cells.Count > 0 && cells[0] is not null:
                cells.Insert(0, cells[0]?.ToArray());
                break;
            case Step.Swap when cells.Count > 1 && cells[1] is not null:
                (cells[0], cells[1]) = (cells[1], cells[0]);
                break;
            case Step.Flip:
                var at = choices.UInt16();
                var mask = choices.Byte();
                if (cells.Count > 0 && cells[0] is { } cell)
                {
                    cell[at % cell.Length] ^= mask;
                }

                break;
            case Step.Wait:
                pair.Advance(choices.Byte() * 50_000L);
                break;
            case Step.Connect when pair.Seats[seat].Dials.TryDequeue(out _):
                pair.Connect(seat);
                break;
            case Step.FailDial when pair.Seats[seat].Dials.TryDequeue(out var dialled):
                var sink = pair.Seats[seat];
                sink.Core.HandleDialFailed(dialled, pair.Time.Now, ref sink);
                break;
            case Step.Break when wire is not null:
                pair.Break(wire, seat);
                break;
            case Step.Answer when pair.Seats[seat].Answers.TryDequeue(out var answer):
                answer();
                break;
            case Step.Settle:
                pair.Settle();
                break;
            case Step.SetWall:
                pair.Time.SetWall((choices.Byte() - 128) * 60_000L);
                break;
            case Step.MixKeys:
                pair.Seats[seat].AnswerMixKeys();
                break;
            case Step.MakeUp when wire is not null && wire.IsOpen[seat]:
                pair.Hand(seat, wire.Id, MadeUp(ref choices));
                break;
            case Step.SendPacket:
                SendPacket(pair, seat);
                break;
            case Step.Unwrap:
                AnswerUnwrap(pair, seat, choices.Byte());
                break;
            default:
                break;
        }
    }

    private static byte[] MadeUp(ref FuzzInput choices)
    {
        var cell = new byte[SmallNetwork.Parameters.CellBytes];
        var content = choices.Chunk();
        var type = (CellType)choices.Byte();
        if (type == CellType.Packet)
        {
            cell[0] = (byte)type;
            content[..Math.Min(content.Length, cell.Length - 1)].CopyTo(cell.AsSpan(1));
        }
        else
        {
            LinkCell.Write(type, content[..Math.Min(content.Length, LinkCell.ContentRoom(cell.Length))], cell);
        }

        return cell;
    }

    // As an endpoint's shell does: straight to the link, if there is one.
    private static void SendPacket(OverlayPair pair, int seat)
    {
        var from = pair.Seats[seat];
        if (from.Core.TryGetLink(OverlayPair.Other(seat), out var id) && from.Pool.TryRent(out var packet))
        {
            packet.Cell[0] = (byte)CellType.Packet;
            packet.Packet.Fill(0x33);
            from.SendPacket(id, packet);
        }
    }

    private static void AnswerUnwrap(OverlayPair pair, int seat, byte choice)
    {
        var sink = pair.Seats[seat];
        if (!sink.Unwraps.TryDequeue(out var packet))
        {
            return;
        }

        var geometry = SmallNetwork.Definition.Geometry;
        var result = (choice & 7) switch
        {
            0 => UnwrapResult.Dropped((DropReason)(1 + (choice >> 4))),
            1 => UnwrapResult.Cover(),
            2 => UnwrapResult.Relay(OverlayPair.Other(seat), (uint)(choice >> 3) * 100),
            3 => UnwrapResult.Deliver(geometry.LaneAOffset + PacketFormat.LengthBytes, choice),
            4 => UnwrapResult.Relay(sink.Options.Own, 10),
            _ => UnwrapResult.Relay(OverlayPair.Other(seat), 0),
        };
        if (result.Kind == UnwrapKind.Dropped && !Enum.IsDefined(result.Reason))
        {
            result = UnwrapResult.Cover();
        }

        sink.Core.HandleUnwrapped(packet, result, pair.Time.Now, ref sink);
    }

    private static void Stop(OverlayPair pair, int seat)
    {
        var sink = pair.Seats[seat];
        sink.Core.Stop(pair.Time.Now, ref sink);
        var left = sink.Core.Snapshot(pair.Time.Now);
        InvariantException.Require(left is { Connections: 0, Handshakes: 0, Delayed: 0 }, "A core that has stopped holds nothing.");
        InvariantException.Require(sink.Core.NextDeadline == Moment.Never, "And waits for nothing.");
        InvariantException.Require(sink.Pool.Outstanding == 0, "Each buffer is returned.");
    }
}
