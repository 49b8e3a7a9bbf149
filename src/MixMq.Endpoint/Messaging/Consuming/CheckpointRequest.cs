using System.Collections.Immutable;

namespace MixMq.Endpoint.Messaging.Consuming;

/// <summary>An application's wish to consume, send and replace its state in one step.</summary>
public sealed record CheckpointRequest
{
    /// <summary>The shell's own number for the request; comes back in <see cref="IEndpointSink.CheckpointCompleted"/>.</summary>
    public required long Token { get; init; }

    /// <summary>Whose checkpoint, a valid <see cref="ConsumerName"/>.</summary>
    public required string Consumer { get; init; }

    /// <summary>The consumer's session; 0: it has none open.</summary>
    public long Session { get; init; }

    /// <summary>The checkpoint's id; null: it only consumes, and can't be repeated.</summary>
    public CheckpointId? Id { get; init; }

    /// <summary>Positions that are with the session, each once.</summary>
    public ImmutableArray<ulong> Consumed { get; init; } = [];

    /// <summary>What it sends, in this order; the requests' tokens mean nothing. The core keeps the contents until they are stored.</summary>
    public ImmutableArray<SubmitRequest> Sends { get; init; } = [];

    /// <summary>Replies to anonymous messages that came here, consumed or not; each says by <see cref="SubmitRequest.Answers"/> which one it answers. Together with <see cref="Sends"/> they have one limit.</summary>
    public ImmutableArray<SubmitRequest> Replies { get; init; } = [];

    /// <summary>The consumer's state from now on; null: as it was. The core keeps this very memory until it is stored.</summary>
    public ReadOnlyMemory<byte>? State { get; init; }

    /// <summary>Bytes of the contents of what it sends and replies.</summary>
    internal long ContentBytes => Sends.Sum(send => (long)send.Content.Length) + Replies.Sum(reply => (long)reply.Content.Length);

    /// <summary>Bytes of state and contents.</summary>
    internal long Bytes => (State?.Length ?? 0) + ContentBytes;
}
