namespace MixMq.Endpoint.Messaging.Wire;

/// <summary>First byte of a frame.</summary>
internal enum FrameType : byte
{
    Fragment = 1,
    Acknowledgement = 2,
    Tombstone = 3,
    ViewSummary = 4,
    ViewItems = 5,
    Refusal = 6,
    Anonymous = 7,
    SenderMark = 8,
    RecipientMark = 9,
    Loop = 10,
    Supply = 12,
    Ping = 13,
    PingAnswer = 14,
    ContentLimit = 15,
}
