using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Wire;

namespace MixMq.Endpoint.Loops;

/// <summary>
/// What a loop carries, spec/09 §3. A packet: the frame <c>type u8 = 10 ‖ length u16 = 16 ‖ id[16]</c>, alone. A reply: the one byte 11, for the SURB says which loop it is.
/// </summary>
internal static class LoopFrame
{
    public const int BodyBytes = MessageId.ByteCount;
    public const int Bytes = Frame.HeaderBytes + BodyBytes;
    public const byte ReplyType = 11;
    public const int ReplyBytes = 1;

    public static void Write(MessageId id, Span<byte> frame)
    {
        Frame.WriteHeader(frame, FrameType.Loop, BodyBytes);
        id.CopyTo(frame[Frame.HeaderBytes..]);
    }
}
