using System.Buffers.Binary;
using System.Text.Json.Nodes;
using MixMq.Sphinx;

namespace MixMq.Vectors;

/// <summary>What goes over one connection, as the end under test sees it: cells that it receives, and cells that it has to send.</summary>
internal sealed class LinkScript
{
    public const byte Padding = 0;
    public const byte Packet = 1;
    public const byte Hello = 2;
    public const byte Topology = 3;
    public const byte Control = 4;
    private static readonly int CellBytes = 1 + Material.Small.Geometry.PacketBytes;
    private readonly JsonArray _steps = [];
    private readonly LinkEnd _own;
    private readonly LinkEnd _peer;

    public LinkScript(LinkEnd own, LinkEnd peer)
    {
        _own = own;
        _peer = peer;
    }

    public bool Trusted { get; init; } = true;

    public bool Configured { get; init; } = true;

    public bool MayDialIn { get; init; } = true;

    public LinkScript Receive(byte[] content) => ReceiveCell(Cell(Control, content));

    public LinkScript ReceiveCell(byte[] cell)
    {
        _steps.Add((JsonNode)new JsonObject { ["receive"] = Material.Hex(cell) });
        return this;
    }

    public LinkScript Send(byte[] content)
    {
        _steps.Add((JsonNode)new JsonObject { ["send"] = Material.Hex(Cell(Control, content)) });
        return this;
    }

    /// <summary>All of the handshake, in the order in which the end under test sees it.</summary>
    public LinkScript Shake() => _own.Role == LinkEnd.Acceptor
        ? Receive(_peer.Open()).Send(_own.Open()).Receive(_peer.Auth(_own)).Send(_own.Auth(_peer))
        : Send(_own.Open()).Receive(_peer.Open()).Send(_own.Auth(_peer)).Receive(_peer.Auth(_own));

    public Vector ToVector(string path, string rule, JsonObject expect)
    {
        var peer = _peer.ToJson(own: false);
        peer["configured"] = Configured;
        peer["may_dial_in"] = MayDialIn;
        peer["trusted"] = Trusted;
        return new Vector($"link/{path}.json", new JsonObject
        {
            ["rule"] = rule,
            ["network"] = Material.ToJson(Material.Small),
            ["end"] = _own.Role == LinkEnd.Acceptor ? "acceptor" : "initiator",
            ["own"] = _own.ToJson(own: true),
            ["peer"] = peer,
            ["channel_binding"] = Material.Hex(LinkEnd.Binding),
            ["steps"] = _steps,
            ["expect"] = expect,
        });
    }

    public static JsonObject Refused(string reason) => new() { ["refused"] = reason };

    public static JsonObject Closed() => new() { ["closed"] = "ProtocolViolation" };

    public static byte[] Cell(byte type, byte[] content)
    {
        var cell = new byte[CellBytes];
        cell[0] = type;
        BinaryPrimitives.WriteUInt16LittleEndian(cell.AsSpan(1), (ushort)content.Length);
        content.CopyTo(cell, 3);
        return cell;
    }

    public static byte[] HelloContent(ulong sequence, ulong sent, ulong echo = 0, byte flags = 0)
    {
        var hello = new byte[73];
        hello[0] = flags;
        BinaryPrimitives.WriteUInt64LittleEndian(hello.AsSpan(1), sequence);
        BinaryPrimitives.WriteUInt64LittleEndian(hello.AsSpan(9), sent);
        BinaryPrimitives.WriteUInt64LittleEndian(hello.AsSpan(17), echo);
        BinaryPrimitives.WriteUInt32LittleEndian(hello.AsSpan(29), 7);
        Material.Draw("digest", 32).CopyTo(hello, 41);
        return hello;
    }
}
