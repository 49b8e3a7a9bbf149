using MixMq.Endpoint.Messaging.Anonymous;

namespace MixMq.Endpoint.Messaging;

/// <content>Replies to anonymous messages.</content>
public abstract partial record StoreOperation
{
    /// <summary>An anonymous message of this node's was received, and a reply is waited for. Never twice for one id.</summary>
    /// <param name="Question">All of it, <see cref="QuestionStatus.Waiting"/>.</param>
    public sealed record OpenQuestion(StoredQuestion Question) : StoreOperation;

    /// <summary>It stands otherwise with the reply: further on than before. In the batch of <see cref="QuestionStatus.Answered"/> is the reply's <see cref="AppendInbox"/>.</summary>
    /// <param name="Id">The message.</param>
    /// <param name="Status">How it stands now.</param>
    /// <param name="UnixMillis">When.</param>
    public sealed record MoveQuestion(MessageId Id, QuestionStatus Status, long UnixMillis) : StoreOperation;

    /// <summary>An anonymous message may be answered; in the batch of its <see cref="AppendInbox"/>.</summary>
    /// <param name="Id">The message.</param>
    /// <param name="UntilUnixMillis">Until then.</param>
    public sealed record OpenReply(MessageId Id, long UntilUnixMillis) : StoreOperation;

    /// <summary>The application's reply is accepted: from <see cref="ReplyStatus.Open"/> to <see cref="ReplyStatus.Pending"/>.</summary>
    /// <param name="Reply">The reply; its time is the one that <see cref="OpenReply"/> said.</param>
    /// <param name="Content">Its content, <see cref="StoredReply.ContentLength"/> bytes.</param>
    public sealed record AppendReply(StoredReply Reply, ReadOnlyMemory<byte> Content) : StoreOperation;

    /// <summary>What became of the reply; its content goes. From <see cref="ReplyStatus.Pending"/>, or from <see cref="ReplyStatus.Open"/> if the asker has a reply of which this store knows nothing.</summary>
    /// <param name="Id">The message that it answers.</param>
    /// <param name="Status"><see cref="ReplyStatus.Acknowledged"/> or <see cref="ReplyStatus.Expired"/>.</param>
    /// <param name="UnixMillis">When.</param>
    public sealed record SettleReply(MessageId Id, ReplyStatus Status, long UnixMillis) : StoreOperation;
}
