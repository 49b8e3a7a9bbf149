using System.Buffers.Binary;
using MixMq.Sphinx;

namespace MixMq.Fuzz.Targets;

/// <summary>
/// A routing slot of 56 bytes, then a lane's plaintext. Both are held against a second reading of spec/03 that is written the other way
/// round: from the parts, build the only bytes that may be taken, and compare.
/// </summary>
internal sealed class SlotTarget : FuzzTarget
{
    private const int MaxDelayMs = NetworkDefinition.DefaultMaxDelayMs;

    public override string Name => "slot";

    public override IReadOnlyList<string> Parsers => ["MixMq.Sphinx.RoutingSlot::", "MixMq.Sphinx.PaddedMessage::", "MixMq.Sphinx.SurbId::FromBytes"];

    public override IEnumerable<(string Name, byte[] Bytes)> Seeds =>
    [
        ("relay", Slot(RoutingCommand.Relay, 500, 0x11, 48)),
        ("deliver", [.. Slot(RoutingCommand.Deliver, 0, 0, 0), .. Lane(5, "hello"u8)]),
        ("deliver-too-long", [.. Slot(RoutingCommand.Deliver, 0, 0, 0), .. Lane(61, "hello"u8)]),
        ("reply", Slot(RoutingCommand.Reply, 0, 0x22, SurbId.ByteLength)),
        ("drop", Slot(RoutingCommand.Drop, 0, 0, 0)),
    ];

    public override bool Run(ReadOnlySpan<byte> input)
    {
        if (input.Length < PacketFormat.SlotBytes)
        {
            return false;
        }

        var bytes = input[..PacketFormat.SlotBytes];
        var slot = new RoutingSlot(bytes);
        var reason = slot.Check(MaxDelayMs);
        InvariantException.Require((reason == DropReason.None) == bytes.SequenceEqual(Rebuilt(slot)), "A slot is taken exactly when it is canonical.");
        if (reason == DropReason.None && slot.Command == RoutingCommand.Reply)
        {
            var id = new byte[SurbId.ByteLength];
            SurbId.FromBytes(slot.Id[..SurbId.ByteLength]).CopyTo(id);
            InvariantException.Require(slot.Id.StartsWith(id), "A SURB id is written as it was read.");
        }

        var lane = input[PacketFormat.SlotBytes..];
        return lane.Length >= PacketFormat.LengthBytes ? ReadLane(lane) && reason == DropReason.None : reason == DropReason.None;
    }

    private static bool ReadLane(ReadOnlySpan<byte> lane)
    {
        var reason = PaddedMessage.TryRead(lane, out var length);
        if (reason != DropReason.None)
        {
            InvariantException.Require(length == 0, "What is refused has no length.");
            return false;
        }

        InvariantException.Require(
            lane.SequenceEqual(Lane(length, lane.Slice(PacketFormat.LengthBytes, length), lane.Length)), "A lane is taken only when it is canonical.");
        return true;
    }

    private static byte[] Rebuilt(RoutingSlot slot)
    {
        var bytes = new byte[PacketFormat.SlotBytes];
        bytes[0] = (byte)slot.Command;
        switch (slot.Command)
        {
            case RoutingCommand.Relay:
                BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(RoutingSlot.DelayOffset), Math.Min(slot.DelayMs, MaxDelayMs));
                slot.Id.CopyTo(bytes.AsSpan(RoutingSlot.IdOffset));
                slot.NextGamma.CopyTo(bytes.AsSpan(RoutingSlot.NextGammaOffset));
                break;
            case RoutingCommand.Reply:
                slot.Id[..SurbId.ByteLength].CopyTo(bytes.AsSpan(RoutingSlot.IdOffset));
                break;
            case RoutingCommand.Deliver or RoutingCommand.Drop:
                break;
            default:
                return [];
        }

        return bytes;
    }

    internal static byte[] Slot(RoutingCommand command, uint delayMs, byte fill, int filled)
    {
        var bytes = new byte[PacketFormat.SlotBytes];
        bytes[0] = (byte)command;
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(RoutingSlot.DelayOffset), delayMs);
        bytes.AsSpan(RoutingSlot.IdOffset, filled).Fill(fill);
        return bytes;
    }

    internal static byte[] Lane(int length, ReadOnlySpan<byte> message, int bytes = 64)
    {
        var lane = new byte[bytes];
        BinaryPrimitives.WriteUInt32LittleEndian(lane, (uint)length);
        message.CopyTo(lane.AsSpan(PacketFormat.LengthBytes));
        return lane;
    }
}
