using System.Collections.Immutable;
using MixMq.Endpoint.Messaging.Anonymous;
using MixMq.Endpoint.Messaging.Anonymous.Replying;
using MixMq.Endpoint.Messaging.Sending;
using MixMq.Overlay;

namespace MixMq.Endpoint.Messaging.Consuming;

/// <summary>A checkpoint under way.</summary>
internal sealed class PendingCheckpoint(CheckpointRequest request)
{
    public CheckpointRequest Request { get; } = request;

    /// <summary>What it consumes.</summary>
    public List<Head> Heads { get; } = [];

    /// <summary>What it sends under this node's name, in the order of its sends.</summary>
    public List<OutboundMessage> Messages { get; } = [];

    /// <summary>What it sends without, in the order of its sends.</summary>
    public List<AnonymousMessage> Anonymous { get; } = [];

    /// <summary>What it replies to anonymous messages, in the order of its replies.</summary>
    public List<PendingReply> Replies { get; } = [];

    /// <summary>Called when the checkpoint goes to the store: adds what else is to be in its batch. Null: nothing is.</summary>
    public Action<Moment>? Storing { get; set; }

    /// <summary>What became of its sends, in their order; when it is stored.</summary>
    public ImmutableArray<SubmitOutcome> Outcomes()
    {
        var (named, anonymous) = (0, 0);
        return [.. Request.Sends.Select(send => send.Anonymous ? Of(Anonymous[anonymous++]) : Of(Messages[named++]))];
    }

    /// <summary>What became of its replies, in their order; when it is stored.</summary>
    public ImmutableArray<SubmitOutcome> Replied() => [.. Replies.Select(static reply => reply.Accepted())];

    private static SubmitOutcome Of(OutboundMessage message) =>
        new(SubmitRefusal.None, message.Id, message.Sequence, message.CreatedUnixMillis, message.ExpiresUnixMillis);

    private static SubmitOutcome Of(AnonymousMessage message) =>
        new(SubmitRefusal.None, message.Id, message.Sequence, message.CreatedUnixMillis, message.ExpiresUnixMillis);

    /// <summary>Nothing refuses it any more, unless the node ends: it is being signed or stored.</summary>
    public bool IsBeingMade { get; set; }

    /// <summary>Tokens of repeats that wait for it.</summary>
    public List<long> Repeats { get; } = [];
}
