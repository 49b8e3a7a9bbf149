using MixMq.Endpoint;
using MixMq.Endpoint.Messaging;
using MixMq.Overlay;
using MixMq.Overlay.Topology;

namespace MixMq.Node.Messaging;

/// <summary>What reaches the endpoint core's thread besides packets: answers to its requests, submissions, views, questions.</summary>
internal abstract record EndpointInput
{
    private EndpointInput()
    {
    }

    internal sealed record Submit(SubmitRequest Request, TaskCompletionSource<SubmitOutcome> Outcome) : EndpointInput;

    internal sealed record Topology(TopologyView View) : EndpointInput;

    internal sealed record Committed(long Batch) : EndpointInput;

    internal sealed record Content(ContentRequestId Id, ReadOnlyMemory<byte>? Bytes) : EndpointInput;

    internal sealed record Signed(RequestId Id, byte[] Signature) : EndpointInput;

    internal sealed record Verified(RequestId Id, bool Valid) : EndpointInput;

    internal sealed record SnapshotWanted(TaskCompletionSource<EndpointSnapshot> Result) : EndpointInput;

    internal sealed record StoreSpace(bool IsFull) : EndpointInput;

    internal sealed record StopWanted : EndpointInput;
}
