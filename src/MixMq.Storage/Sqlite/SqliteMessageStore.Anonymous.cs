using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Anonymous;

namespace MixMq.Storage.Sqlite;

/// <content>Messages without a sender, and replies to them.</content>
public sealed partial class SqliteMessageStore
{
    private readonly SqliteAnonymousReader _anonymous;

    /// <inheritdoc/>
    public OutboxTrack? Track(MessageId id) => Read(reader => reader.Sent.Track(id) ?? _anonymous.Track(id));

    /// <inheritdoc/>
    public AnonymousKnowledge ReadAnonymous(MessageId id) => Read(_ => _anonymous.Knowledge(id));

    /// <inheritdoc/>
    public ReadOnlyMemory<byte>? ReadReplyContent(MessageId question) => Read(_ => _anonymous.ReplyContent(question));

    /// <inheritdoc/>
    public QuestionStatus? ReadQuestion(MessageId id) => Read(_ => _anonymous.Question(id));
}
