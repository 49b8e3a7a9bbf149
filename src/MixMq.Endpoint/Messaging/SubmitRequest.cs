using MixMq.Sphinx;

namespace MixMq.Endpoint.Messaging;

/// <summary>An application's wish to send a message.</summary>
public sealed record SubmitRequest
{
    /// <summary>The shell's own number for the request; comes back in <see cref="IEndpointSink.SubmitCompleted"/>.</summary>
    public required long Token { get; init; }

    /// <summary>Who is to have it.</summary>
    public required NodeAddress To { get; init; }

    /// <summary>The conversation's name; messages of one conversation arrive in order. The empty name is a conversation like any other.</summary>
    public string Conversation { get; init; } = "";

    /// <summary>The application's label for the message.</summary>
    public string Label { get; init; } = "";

    /// <summary>The content. The core keeps this very memory until the message is stored: the caller must not change it.</summary>
    public required ReadOnlyMemory<byte> Content { get; init; }

    /// <summary>The content, where it is in the store already, in parts; <see cref="Content"/> is empty then. Null: it isn't.</summary>
    public StagedContent? Staged { get; init; }

    /// <summary>Bytes of the content, wherever it is.</summary>
    public long ContentLength => Staged?.Length ?? Content.Length;

    /// <summary>The recipient is not to learn who sends it. It belongs to no conversation then.</summary>
    public bool Anonymous { get; init; }

    /// <summary>After how many milliseconds it expires; 0: the node's default.</summary>
    public long ExpiresAfterMillis { get; init; }

    /// <summary>Of an anonymous message: for how many milliseconds a reply to it is waited for; 0: none is wanted.</summary>
    public long ReplyWithinMillis { get; init; }

    /// <summary>It is the reply to this anonymous message that came here: <see cref="To"/> is nobody then, for nobody knows. Null: it is no reply.</summary>
    public MessageId? Answers { get; init; }
}
