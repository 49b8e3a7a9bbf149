namespace MixMq.Endpoint.Messaging.Anonymous;

/// <summary>How it stands with the reply to an anonymous message, as its sender's store knows it.</summary>
public enum QuestionStatus
{
    /// <summary>It is waited for.</summary>
    Waiting = 0,

    /// <summary>It is in the inbox; the recipient isn't known to know that.</summary>
    Answered = 1,

    /// <summary>It is in the inbox, and there is nothing left to do.</summary>
    Noted = 2,

    /// <summary>There is none, and none will come.</summary>
    Unanswered = 3,
}
