using MixMq.Endpoint.Messaging;
using MixMq.Sphinx;

namespace MixMq.Storage;

/// <summary>What became of a message that this node accepted for sending.</summary>
/// <param name="Status">Where it stands.</param>
/// <param name="Recipient">To whom it goes.</param>
/// <param name="Sequence">Its sequence in its conversation.</param>
/// <param name="CreatedUnixMillis">When it was accepted.</param>
/// <param name="ExpiresUnixMillis">When it expires.</param>
/// <param name="SettledUnixMillis">When it was acknowledged or reported expired; 0 before that.</param>
/// <param name="Damaged">The message was damaged on this node's disk. If it is <see cref="OutboxStatus.Expired"/>, the recipient may have had it before all the same.</param>
public sealed record OutboxTrack(OutboxStatus Status, NodeAddress Recipient, ulong Sequence, long CreatedUnixMillis, long ExpiresUnixMillis, long SettledUnixMillis, bool Damaged = false)
{
    /// <summary>The anonymous message that it replies to; null: it is no reply.</summary>
    public MessageId? Answers { get; init; }
}
