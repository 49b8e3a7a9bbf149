using System.Buffers.Binary;

namespace MixMq.Endpoint.Messaging.Wire;

/// <summary>
/// The frames of a lane A message, back to back (spec/07 §4):
/// <code>type u8 ‖ length u16 ‖ body[length]</code>
/// </summary>
internal static class Frame
{
    /// <summary>Bytes before a frame's body.</summary>
    public const int HeaderBytes = 3;

    /// <summary>Takes the next frame off a message.</summary>
    /// <returns>False where what is left is no frame.</returns>
    public static bool TryTake(ref ReadOnlySpan<byte> message, out FrameType type, out ReadOnlySpan<byte> body)
    {
        type = default;
        body = default;
        if (message.Length < HeaderBytes)
        {
            return false;
        }

        var length = BinaryPrimitives.ReadUInt16LittleEndian(message[1..]);
        if (length > message.Length - HeaderBytes)
        {
            return false;
        }

        type = (FrameType)message[0];
        body = message.Slice(HeaderBytes, length);
        message = message[(HeaderBytes + length)..];
        return true;
    }

    /// <summary>Writes a frame's header.</summary>
    public static void WriteHeader(Span<byte> frame, FrameType type, int bodyLength)
    {
        frame[0] = (byte)type;
        BinaryPrimitives.WriteUInt16LittleEndian(frame[1..], checked((ushort)bodyLength));
    }
}
