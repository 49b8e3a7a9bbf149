namespace MixMq.Endpoint.Messaging.Anonymous;

/// <summary>An application's reply to an anonymous message, without its content.</summary>
/// <param name="Question">The message that it answers.</param>
/// <param name="Label">The application's label.</param>
/// <param name="ContentLength">Bytes of content; 0 to <see cref="AnonymousConstants.MaxReplyBytes"/>.</param>
/// <param name="CreatedUnixMillis">When it was accepted.</param>
/// <param name="UntilUnixMillis">It is sent until then.</param>
public sealed record StoredReply(MessageId Question, string Label, int ContentLength, long CreatedUnixMillis, long UntilUnixMillis)
{
    /// <summary>The id of the reply to a message.</summary>
    /// <param name="question">The message.</param>
    public static MessageId IdOf(MessageId question) => Replying.ReplyEnvelope.IdOf(question);
}
