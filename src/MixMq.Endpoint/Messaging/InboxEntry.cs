namespace MixMq.Endpoint.Messaging;

/// <summary>What took a place at the recipient: a message, or the tombstone of one that expired. The row that <see cref="StoreOperation.AppendInbox"/> writes.</summary>
public sealed record InboxEntry
{
    /// <summary>Sender, conversation and sequence: the row's key.</summary>
    public required Place Place { get; init; }

    /// <summary>The conversation's name.</summary>
    public required string ConversationName { get; init; }

    /// <summary>The message's id.</summary>
    public required MessageId Id { get; init; }

    /// <summary>The sending application's label.</summary>
    public required string Label { get; init; }

    /// <summary>When the sender's node accepted it, by that node's clock, Unix milliseconds.</summary>
    public required long CreatedUnixMillis { get; init; }

    /// <summary>When it expires or expired, by the sender's clock, Unix milliseconds.</summary>
    public required long ExpiresUnixMillis { get; init; }

    /// <summary>The content; empty for a tombstone, and where it is stored in parts.</summary>
    public required ReadOnlyMemory<byte> Content { get; init; }

    /// <summary>Bytes of a content that is stored in parts and is read from the store by ranges; 0: <see cref="Content"/> is all of it.</summary>
    public long PartedContentBytes { get; init; }

    /// <summary>The message expired before it came; this says so in its place.</summary>
    public required bool Tombstone { get; init; }

    /// <summary>The application is never given it: the same message came in another place, before its sender's store was put back from a copy. The content is empty.</summary>
    public bool Repeated { get; init; }

    /// <summary>Held or ready.</summary>
    public required InboxState State { get; init; }

    /// <summary>The inbox position, from 1 and growing in the order in which entries become ready; 0 while held.</summary>
    public required ulong Position { get; init; }

    /// <summary>When this node handed the entry to its store, Unix milliseconds.</summary>
    public required long ReceivedUnixMillis { get; init; }
}
