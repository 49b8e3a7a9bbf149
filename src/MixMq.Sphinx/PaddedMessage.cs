using System.Buffers.Binary;

namespace MixMq.Sphinx;

/// <summary>A message as it lies in a lane: <c>u32 length ‖ message ‖ zeros</c>. Lane A of a delivered packet and an opened reply have this form.</summary>
public static class PaddedMessage
{
    /// <summary>Finds the message in a lane's plaintext.</summary>
    /// <param name="lane">The plaintext, at least 4 bytes.</param>
    /// <param name="length">Bytes of the message, which starts at byte 4; 0 if there is none.</param>
    /// <returns><see cref="DropReason.None"/>, or what is wrong.</returns>
    public static DropReason TryRead(ReadOnlySpan<byte> lane, out int length)
    {
        length = 0;
        var claimed = BinaryPrimitives.ReadUInt32LittleEndian(lane);
        var room = lane[PacketFormat.LengthBytes..];
        if (claimed > (uint)room.Length)
        {
            return DropReason.LengthTooLarge;
        }

        if (room[(int)claimed..].ContainsAnyExcept((byte)0))
        {
            return DropReason.PaddingNotZero;
        }

        length = (int)claimed;
        return DropReason.None;
    }
}
