using MixMq.Sphinx;

namespace MixMq.Endpoint.Messaging;

/// <summary>A message in the outbox, without its content.</summary>
public sealed record OutboxEntry
{
    /// <summary>The message's id, unique in the outbox.</summary>
    public required MessageId Id { get; init; }

    /// <summary>Who is to have it.</summary>
    public required NodeAddress Recipient { get; init; }

    /// <summary>The conversation it belongs to.</summary>
    public required ConversationId Conversation { get; init; }

    /// <summary>Its place in the conversation.</summary>
    public required ulong Sequence { get; init; }

    /// <summary>The signed envelope: of the message, or of the tombstone once <see cref="Tombstone"/> is set. At most 769 bytes.</summary>
    public required ReadOnlyMemory<byte> Envelope { get; init; }

    /// <summary>The application's label.</summary>
    public required string Label { get; init; }

    /// <summary>Bytes of content; 0 to <see cref="MessagingConstants.MaxContentBytes"/>.</summary>
    public required long ContentLength { get; init; }

    /// <summary>When it was accepted, Unix milliseconds.</summary>
    public required long CreatedUnixMillis { get; init; }

    /// <summary>When it expires, Unix milliseconds.</summary>
    public required long ExpiresUnixMillis { get; init; }

    /// <summary>The content is stored in parts: it is read by <see cref="IEndpointSink.ReadOutboxPart"/> alone.</summary>
    public bool InParts { get; init; }

    /// <summary>A tombstone has replaced the message (<see cref="OutboxStatus.Expiring"/>); there is no content any more.</summary>
    public bool Tombstone { get; init; }

    /// <summary>The message's row or content was damaged on the disk: it can't be sent any more, and a tombstone is to take its place at once.</summary>
    public bool Damaged { get; init; }
}
