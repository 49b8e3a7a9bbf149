using System.Runtime.InteropServices;

namespace MixMq.Endpoint.Messaging.Anonymous;

/// <summary>What a store knows of an anonymous message that came here.</summary>
/// <param name="Received">It came: its row is in the inbox, consumed or not.</param>
/// <param name="ReplyUntilUnixMillis">It may be answered until then; 0: it may not.</param>
/// <param name="Reply">How it stands with the reply.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct AnonymousKnowledge(bool Received, long ReplyUntilUnixMillis = 0, ReplyStatus Reply = ReplyStatus.Open)
{
    /// <summary>Whether an application may give a reply now.</summary>
    /// <param name="nowUnixMillis">Now.</param>
    public bool IsAnswerable(long nowUnixMillis) => Received && ReplyUntilUnixMillis > nowUnixMillis && Reply == ReplyStatus.Open;
}
