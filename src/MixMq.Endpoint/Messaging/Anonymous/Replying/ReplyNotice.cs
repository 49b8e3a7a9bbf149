namespace MixMq.Endpoint.Messaging.Anonymous.Replying;

/// <summary>The message of a packet by SURB that says how it stands with a reply, spec/07 §18.8: <c>type u8 = 3 ‖ kind u8</c>.</summary>
internal static class ReplyNotice
{
    public const byte Type = 3;
    public const int Bytes = 2;

    public static bool TryRead(ReadOnlySpan<byte> message, out ReplyNoticeKind kind)
    {
        kind = default;
        if (message is not [Type, >= (byte)ReplyNoticeKind.Waiting and <= (byte)ReplyNoticeKind.None])
        {
            return false;
        }

        kind = (ReplyNoticeKind)message[1];
        return true;
    }

    public static void Write(ReplyNoticeKind kind, Span<byte> room)
    {
        room[0] = Type;
        room[1] = (byte)kind;
    }
}
