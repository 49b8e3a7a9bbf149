namespace MixMq.Endpoint.Messaging.Anonymous.Replying;

/// <summary>What a recipient says where it has no fragment to send.</summary>
internal enum ReplyNoticeKind : byte
{
    /// <summary>Nothing of a reply is there to be sent now; what comes with the supply is kept for it.</summary>
    Waiting = 1,

    /// <summary>That the reply was received is durable here.</summary>
    Noted = 2,

    /// <summary>No reply will come.</summary>
    None = 3,
}
