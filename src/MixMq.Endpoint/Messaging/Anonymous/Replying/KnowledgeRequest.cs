namespace MixMq.Endpoint.Messaging.Anonymous.Replying;

/// <summary>A question to the store about a message, and what came in between.</summary>
internal sealed class KnowledgeRequest(MessageId question, SubmitRequest? submit)
{
    public MessageId Question { get; } = question;

    /// <summary>The reply that an application gives, if that is why it was asked.</summary>
    public SubmitRequest? Submit { get; } = submit;

    /// <summary>How it stands by now, where that changed after the store was asked.</summary>
    public ReplyStatus? Newer { get; set; }
}
