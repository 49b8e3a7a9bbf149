using System.Collections.Immutable;
using MixMq.Endpoint;
using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Anonymous;
using MixMq.Endpoint.Messaging.Consuming;
using MixMq.Endpoint.Pings;
using MixMq.Overlay;
using MixMq.Overlay.Map;
using MixMq.Overlay.Topology;
using MixMq.Sphinx;

namespace MixMq.Node.Messaging;

/// <summary>What reaches the endpoint core's thread besides packets: answers to its requests, submissions, views, questions.</summary>
internal abstract record EndpointInput
{
    private EndpointInput()
    {
    }

    internal sealed record Submit(SubmitRequest Request, TaskCompletionSource<SubmitOutcome> Outcome) : EndpointInput;

    internal sealed record Check(SubmitRequest Request, TaskCompletionSource<SubmitRefusal> Outcome) : EndpointInput;

    internal sealed record Open(long Session, string Consumer, int MaxDeliveries, Deliveries Outlet) : EndpointInput;

    internal sealed record Credit(long Session, int Messages) : EndpointInput;

    internal sealed record Reject(long Session, ulong Position, string Cause, bool Final) : EndpointInput;

    internal sealed record Gone(long Session, bool Lost) : EndpointInput;

    internal sealed record Vanished(ulong Position) : EndpointInput;

    internal sealed record Heads(ContentRequestId Id, InboxHead[] Found) : EndpointInput;

    internal sealed record Checkpoint(CheckpointRequest Request, TaskCompletionSource<CheckpointOutcome> Outcome) : EndpointInput;

    internal sealed record CheckpointKnown(ContentRequestId Id, CheckpointKnowledge Knowledge, ImmutableArray<AnonymousKnowledge> Questions) : EndpointInput;

    internal sealed record Cancel(long Token, MessageId Id, NodeAddress Recipient, ulong Sequence, TaskCompletionSource<CancelOutcome> Outcome) : EndpointInput;

    internal sealed record HindranceWanted(MessageId Id, NodeAddress Recipient, ulong Sequence, TaskCompletionSource<Hindrance> Result) : EndpointInput;

    internal sealed record Replay(long Token, ImmutableArray<(long Number, ulong Position)> Letters, TaskCompletionSource<bool> Outcome) : EndpointInput;

    internal sealed record Topology(TopologyView View) : EndpointInput;

    internal sealed record Committed(long Batch) : EndpointInput;

    internal sealed record Content(ContentRequestId Id, ReadOnlyMemory<byte>? Bytes) : EndpointInput;

    internal sealed record Kept(ContentRequestId Id, KeptMessage[] Messages) : EndpointInput;

    internal sealed record Waiting(ContentRequestId Id, OutboxEntry[] Entries) : EndpointInput;

    internal sealed record Former(ContentRequestId Id, MessageId[] Ids) : EndpointInput;

    internal sealed record Signed(RequestId Id, byte[] Signature) : EndpointInput;

    internal sealed record Verified(RequestId Id, bool Valid) : EndpointInput;

    internal sealed record SnapshotWanted(TaskCompletionSource<EndpointSnapshot> Result) : EndpointInput;

    internal sealed record Followed(Successions Successions) : EndpointInput;

    internal sealed record Senders(ImmutableHashSet<NodeAddress>? Allowed) : EndpointInput;

    internal sealed record StoreSpace(bool IsFull) : EndpointInput;

    internal sealed record AnonymousKnown(ContentRequestId Id, AnonymousKnowledge Knowledge) : EndpointInput;

    internal sealed record SurbsWanted(MessageId Question, TaskCompletionSource<int> Result) : EndpointInput;

    internal sealed record Ping(PingRequest Request, PingCall Call) : EndpointInput;

    internal sealed record PingGone(long Token) : EndpointInput;

    internal sealed record LoopDropped(MessageId Loop) : EndpointInput;

    internal sealed record StopWanted : EndpointInput;
}
