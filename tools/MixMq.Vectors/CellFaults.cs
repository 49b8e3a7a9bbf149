using System.Buffers.Binary;

namespace MixMq.Vectors;

/// <summary>Cells with one fault each, before and after the handshake: 04, sections 3 and 5.</summary>
internal sealed class CellFaults
{
    private readonly LinkEnd _alice = new("alice", LinkEnd.Initiator);
    private readonly LinkEnd _bob = new("bob", LinkEnd.Acceptor);

    public IEnumerable<Vector> All() => [.. Frames(), .. Hellos(), .. Controls()];

    private IEnumerable<Vector> Frames()
    {
        var open = LinkScript.Cell(LinkScript.Control, _alice.Open());
        (string Name, byte[] Cell)[] cells =
        [
            ("type-5", LinkScript.Cell(5, [])),
            ("type-255", LinkScript.Cell(255, [])),
            ("length-beyond-the-cell-by-one", Length(LinkScript.Cell(LinkScript.Control, []), open.Length - 2)),
            ("length-greatest", Length(LinkScript.Cell(LinkScript.Hello, []), ushort.MaxValue)),
            ("byte-after-the-content", Set(open, 103)),
            ("last-byte-of-the-cell", Set(open, open.Length - 1)),
            ("padding-with-content", LinkScript.Cell(LinkScript.Padding, [0])),
            ("padding-not-zero", Set(LinkScript.Cell(LinkScript.Padding, []), 200)),
        ];
        foreach (var (name, cell) in cells)
        {
            yield return new LinkScript(_bob, _alice).ReceiveCell(cell).ToVector($"bad/cell-{name}", "LNK-3", LinkScript.Refused("Malformed"));
            yield return new LinkScript(_bob, _alice).Shake().ReceiveCell(cell).ToVector($"bad/cell-{name}-after-the-handshake", "LNK-3", LinkScript.Closed());
        }
    }

    private IEnumerable<Vector> Hellos()
    {
        var good = LinkScript.HelloContent(5, 1_000);
        yield return First("truncated-by-one", good[..^1]);
        yield return First("extended-by-one", [.. good, 0]);
        yield return First("empty", []);
        yield return First("flag-2", LinkScript.HelloContent(5, 1_000, flags: 2));
        yield return First("flag-129", LinkScript.HelloContent(5, 1_000, flags: 0x81));
        yield return First("sequence-0", LinkScript.HelloContent(0, 1_000));
        yield return First("sent-0", LinkScript.HelloContent(5, 0));
        yield return First("echo-of-what-was-never-sent", LinkScript.HelloContent(5, 1_000, echo: 999_999_999));
        yield return Second("sequence-again", LinkScript.HelloContent(5, 1_001));
        yield return Second("sequence-back", LinkScript.HelloContent(4, 1_001));
        yield return Second("sent-again", LinkScript.HelloContent(6, 1_000));
        yield return Second("sent-back", LinkScript.HelloContent(6, 999));

        Vector First(string name, byte[] hello) => Closed($"hello-{name}", "LNK-16", Shaken().ReceiveCell(LinkScript.Cell(LinkScript.Hello, hello)));
        Vector Second(string name, byte[] hello) => Closed(
            $"hello-{name}", "LNK-16", Shaken().ReceiveCell(LinkScript.Cell(LinkScript.Hello, good)).ReceiveCell(LinkScript.Cell(LinkScript.Hello, hello)));
    }

    private IEnumerable<Vector> Controls()
    {
        yield return Closed("control-open-after-the-handshake", "LNK-18", Shaken().Receive(_alice.Open()));
        yield return Closed("control-auth-after-the-handshake", "LNK-18", Shaken().Receive(_alice.Auth(_bob)));
        yield return Closed("control-empty-after-the-handshake", "LNK-18", Shaken().Receive([]));
        yield return Closed("control-goodbye-with-a-byte-more", "LNK-18", Shaken().Receive([3, 0]));
        yield return Closed("control-unknown-kind-after-the-handshake", "LNK-18", Shaken().Receive([4]));
    }

    private LinkScript Shaken() => new LinkScript(_bob, _alice).Shake();

    private static Vector Closed(string name, string rule, LinkScript script) => script.ToVector($"bad/{name}", rule, LinkScript.Closed());

    private static byte[] Length(byte[] cell, int length)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(cell.AsSpan(1), (ushort)length);
        return cell;
    }

    private static byte[] Set(byte[] cell, int offset)
    {
        var copy = (byte[])cell.Clone();
        copy[offset] = 1;
        return copy;
    }
}
