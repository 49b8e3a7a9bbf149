using System.Buffers.Binary;

namespace MixMq.Sphinx;

/// <summary>A routing slot as a view over its 56 bytes. It reads; what the fields must be is decided in <see cref="Check"/>.</summary>
/// <remarks>
/// Source: spec/03-sphinx.md, section 3.
/// <code>
/// 0   1    command
/// 1   1    flags = 0
/// 2   2    reserved = 0
/// 4   4    delay in milliseconds
/// 8   32   id: next address (relay), SURB id and 16 zeros (reply), zeros
/// 40  16   next gamma (relay), zeros
/// </code>
/// </remarks>
public readonly ref struct RoutingSlot
{
    /// <summary>Where the delay is.</summary>
    public const int DelayOffset = 4;

    /// <summary>Where the id is.</summary>
    public const int IdOffset = 8;

    /// <summary>Where the next gamma is.</summary>
    public const int NextGammaOffset = 40;

    private readonly ReadOnlySpan<byte> _bytes;

    /// <summary>Takes a view.</summary>
    /// <param name="bytes">56 bytes.</param>
    public RoutingSlot(ReadOnlySpan<byte> bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(bytes.Length, PacketFormat.SlotBytes, nameof(bytes));
        _bytes = bytes;
    }

    /// <summary>The command; any byte.</summary>
    public RoutingCommand Command => (RoutingCommand)_bytes[0];

    /// <summary>How long to hold the packet, in milliseconds.</summary>
    public uint DelayMs => BinaryPrimitives.ReadUInt32LittleEndian(_bytes[DelayOffset..]);

    /// <summary>The 32 bytes of the id.</summary>
    public ReadOnlySpan<byte> Id => _bytes[IdOffset..NextGammaOffset];

    /// <summary>The tag of the next hop's packet.</summary>
    public ReadOnlySpan<byte> NextGamma => _bytes[NextGammaOffset..];

    /// <summary>Whether the fields are what the command asks for.</summary>
    /// <param name="maxDelayMs">The network's delay cap.</param>
    /// <returns>The first fault, or <see cref="DropReason.None"/>.</returns>
    public DropReason Check(int maxDelayMs)
    {
        if (Command is not (RoutingCommand.Relay or RoutingCommand.Deliver or RoutingCommand.Reply or RoutingCommand.Drop))
        {
            return DropReason.UnknownCommand;
        }

        if (!IsZero(_bytes[1..DelayOffset]))
        {
            return DropReason.NonZeroReserved;
        }

        if (Command == RoutingCommand.Relay)
        {
            return DelayMs > (uint)maxDelayMs ? DropReason.DelayAboveCap : DropReason.None;
        }

        var unused = Command == RoutingCommand.Reply ? _bytes[(IdOffset + SurbId.ByteLength)..] : _bytes[IdOffset..];
        return DelayMs == 0 && IsZero(unused) ? DropReason.None : DropReason.NonZeroReserved;
    }

    private static bool IsZero(ReadOnlySpan<byte> bytes) => !bytes.ContainsAnyExcept((byte)0);
}
