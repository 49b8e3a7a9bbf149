namespace MixMq.Storage.Sqlite;

/// <summary>Whose a content in parts is. The numbers stand in the file.</summary>
internal enum PartedKind
{
    /// <summary>An application is handing it over; owner: the content's id.</summary>
    Staged = 0,

    /// <summary>Owner: the outbox entry's message id.</summary>
    Outbox = 1,

    /// <summary>Owner: the partial's row.</summary>
    Partial = 2,

    /// <summary>Owner: the inbox entry's row.</summary>
    Inbox = 3,

    /// <summary>Owner: the dead letter's number.</summary>
    DeadLetter = 4,

    /// <summary>Nobody's: its parts are removed, some at a time. Owner: its own number.</summary>
    Dropped = 5,

    /// <summary>It is damaged, or its owner is: nobody reads it, and nothing of it is thrown away. Owner: its own number.</summary>
    Lost = 6,
}
