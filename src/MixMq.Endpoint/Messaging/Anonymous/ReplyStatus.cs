namespace MixMq.Endpoint.Messaging.Anonymous;

/// <summary>How it stands with the reply to an anonymous message, as its recipient's store knows it.</summary>
public enum ReplyStatus
{
    /// <summary>The application may still give one.</summary>
    Open = 0,

    /// <summary>There is one, and it is being sent.</summary>
    Pending = 1,

    /// <summary>It is in the asker's inbox; or the asker says that it has one, though this store knows of none.</summary>
    Acknowledged = 2,

    /// <summary>Nobody said in time that it arrived.</summary>
    Expired = 3,
}
