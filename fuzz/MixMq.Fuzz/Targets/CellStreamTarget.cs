using Microsoft.Extensions.Logging.Abstractions;
using MixMq.Fuzz.Worlds;
using MixMq.Overlay;
using MixMq.Overlay.Links;
using MixMq.Transport.Links;
using MixMq.Transport.Scheduling;
using MixMq.Transport.Tls;
using LinkConnection = MixMq.Transport.Links.LinkConnection;

namespace MixMq.Fuzz.Targets;

/// <summary>
/// The bytes of a peer, from the connection's read loop to the core. Bit 0 of the first byte: the link is up already; otherwise nothing is
/// known of the peer. Bit 1: what follows are the stream's bytes as they are; otherwise type, length and content of cells that are framed rightly. Bit 2:
/// there are but four buffers. Second byte: the bytes of one read.
/// </summary>
internal sealed class CellStreamTarget : FuzzTarget
{
    private const byte IsUp = 1, IsRaw = 2, FewBuffers = 4;
    private const int MostCells = 64;

    public override string Name => "cell-stream";

    public override IReadOnlyList<string> Parsers =>
    [
        "MixMq.Transport.Links.LinkReader/<RunAsync>", "MixMq.Transport.Links.LinkReader::TakePacket",
        "MixMq.Overlay.Links.LinkCell::TryRead", "MixMq.Overlay.OverlayCore::HandleCell", "MixMq.Overlay.Links.LinkCore::HandleCell", "MixMq.Overlay.Links.LinkCore::TryReadContent",
        "MixMq.Overlay.Links.LinkCore::TakePacket", "MixMq.Overlay.Links.LinkCore::HandleContent", "MixMq.Overlay.Links.LinkCore::TakesTopology",
        "MixMq.Overlay.Links.LinkCore::HandleHello", "MixMq.Overlay.Links.LinkCore::HandleControl",
    ];

    private static int CellBytes => SmallNetwork.Parameters.CellBytes;

    public override IEnumerable<(string Name, byte[] Bytes)> Seeds =>
    [
        ("packets", [IsUp, 200, (byte)CellType.Packet, 3, 0, 1, 2, 3, (byte)CellType.Packet, 1, 0, 9, (byte)CellType.Padding, 0, 0]),
        ("goodbye", [IsUp, 10, (byte)CellType.Control, 1, 0, (byte)ControlKind.Goodbye, (byte)CellType.Packet, 1, 0, 9]),
        ("topology", [IsUp, 255, (byte)CellType.Topology, 2, 0, 0, 1, (byte)CellType.Topology, 2, 0, 1, 1]),
        ("hello", [IsUp, 255, (byte)CellType.Hello, HelloMessage.ByteLength, 0, 1, 0xff, 0xff, 0, 0, 0, 0, 0, 0, .. new byte[HelloMessage.ByteLength - 9]]),
        ("stranger", [0, 255, (byte)CellType.Control, LinkOpen.ByteLength, 0, .. LinkOpen.Create(
            SmallNetwork.Definition, OverlayPair.Other(0), LinkRole.Initiator, new byte[LinkProtocol.NonceBytes]).Bytes]),
        ("packet-of-a-stranger", [0, 1, (byte)CellType.Packet, 0, 0]),
        ("no-whole-cell", [IsRaw, 7, .. new byte[100]]),
        ("raw", [IsUp | IsRaw, 255, (byte)CellType.Control, 1, 0, 3, .. new byte[CellBytes - 4], 9]),
        ("few-buffers", [IsUp | FewBuffers, 255, .. Enumerable.Range(0, 6).SelectMany(_ => (byte[])[(byte)CellType.Packet, 0, 0]), .. Enumerable.Range(0, 6).SelectMany(_ => (byte[])[(byte)CellType.Hello, 0, 0])]),
    ];

    public override bool Run(ReadOnlySpan<byte> input)
    {
        var choices = new FuzzInput(input);
        var flags = choices.Byte();
        var piece = Math.Max(1, (int)choices.Byte());
        var stream = (flags & IsRaw) != 0 ? choices.Take(MostCells * CellBytes).ToArray() : Frame(ref choices);
        var pair = new OverlayPair(firstDials: true, secondDials: false);
        var id = new ConnectionId(1);
        if ((flags & IsUp) != 0)
        {
            InvariantException.Require(pair.Calm(Moment.MicrosPerSecond * 10) && pair.Seats[0].Core.TryGetLink(OverlayPair.Other(0), out id), "The link comes up.");
            pair.Seats[0].AnswerMixKeys();
        }
        else
        {
            pair.Connect(dialling: 1);
        }

        var wire = pair.Wires.Find(wire => wire.Id == id)!;
        var taken = Read(pair, wire, stream, piece, (flags & FewBuffers) != 0 ? 4 : 2 * MostCells);
        pair.Settle();
        while (pair.Seats[0].Unwraps.TryDequeue(out var packet))
        {
            packet.Return();
        }

        return taken > 0 && wire.IsOpen[0];
    }

    // The connection's own tasks read to the end of the stream; then the core is given what they posted, as the scheduler's thread would.
    private static int Read(OverlayPair pair, Wire wire, byte[] stream, int piece, int buffers)
    {
        var whole = stream.Length / CellBytes;
        var dropped = 0L;
        var packets = new PacketPool(CellBytes, buffers);
        var controls = new PacketPool(CellBytes, buffers);
        using var inbox = new SchedulerInbox(2 * MostCells, 16);
        using var plain = new PlainStream(stream, piece);
        var environment = new LinkEnvironment(inbox, new OverlayClock(TimeProvider.System), packets, controls, CellBytes, (_, count) => dropped += count, NullLogger.Instance);
        using var budget = new HandshakeBudgetStream(Stream.Null);
        using (var connection = new LinkConnection(wire.Id, new TlsChannel(plain, budget, pair.Info(0, dialled: true), new SeenCertificate(default, DateTimeOffset.MaxValue)), environment, authenticated: null))
        {
            connection.RunAsync().GetAwaiter().GetResult();
        }

        var (taken, ended) = (0, false);
        var rest = stream.AsSpan();
        while (inbox.TryTake(out LinkInput input))
        {
            InvariantException.Require(!ended && input.Id == wire.Id, "A connection ends once, and last.");
            ended = input.Connected is null && input.Cell is null;
            if (input.Cell is { } cell)
            {
                taken++;
                if (dropped == 0)
                {
                    InvariantException.Require(rest.StartsWith(cell.Cell), "Cells come as they were sent.");
                    rest = rest[CellBytes..];
                }

                if (wire.IsOpen[0])
                {
                    pair.Hand(0, wire.Id, cell.Cell);
                }

                cell.Return();
            }
        }

        InvariantException.Require(ended, "The scheduler hears of the end.");
        InvariantException.Require(taken + dropped == whole || dropped > 0, "Each whole cell is taken or counted.");
        InvariantException.Require(packets.Outstanding == 0 && controls.Outstanding == 0, "Each buffer is returned.");
        return taken;
    }

    private static byte[] Frame(ref FuzzInput choices)
    {
        var stream = new List<byte>();
        for (var cells = 0; cells < MostCells && !choices.AtEnd; cells++)
        {
            var type = choices.Byte();
            var content = choices.Chunk();
            var cell = new byte[CellBytes];
            if (type == (byte)CellType.Packet)
            {
                cell[0] = type;
                content[..Math.Min(content.Length, CellBytes - 1)].CopyTo(cell.AsSpan(1));
            }
            else
            {
                LinkCell.Write((CellType)type, content[..Math.Min(content.Length, LinkCell.ContentRoom(CellBytes))], cell);
            }

            stream.AddRange(cell);
        }

        return [.. stream];
    }
}
