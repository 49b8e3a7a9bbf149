using System.Collections.Immutable;
using MixMq.Endpoint;
using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Anonymous;
using MixMq.Endpoint.Messaging.Consuming;
using MixMq.Endpoint.Pings;
using MixMq.Overlay;
using MixMq.Sphinx;
using MixMq.Sphinx.Sending;

namespace MixMq.Simulation.Nodes;

/// <summary>The endpoint core's way out of a node.</summary>
internal readonly struct EndpointPort(SimEndpoint endpoint) : IEndpointSink
{
    public void Commit(long batch, ImmutableArray<StoreOperation> operations) => endpoint.Commit(batch, operations);

    public void ReadOutboxContent(ContentRequestId id, MessageId message) => endpoint.ReadOutboxContent(id, message);

    public void ReadPartial(ContentRequestId id, Place place) => endpoint.ReadPartial(id, place);

    public void ReadKept(ContentRequestId id, NodeAddress recipient, ConversationId conversation, ulong first, ulong end, int maxMessages) =>
        endpoint.ReadLater(store => store.ReadKept(recipient, conversation, first, end, maxMessages), id);

    public void ReadWaiting(ContentRequestId id, NodeAddress recipient, ConversationId conversation, ulong first, int maxEntries, bool byExpiry) =>
        endpoint.ReadEntries(store => store.ReadWaiting(recipient, conversation, first, maxEntries, byExpiry), id);

    public void ReadUnsettled(ContentRequestId id, MessageId message) => endpoint.ReadEntries(store => store.ReadUnsettled(message), id);

    public void ReadFormer(ContentRequestId id, Place first, ulong last, int maxIds) => endpoint.ReadLater(store => store.ReadFormer(first, last, maxIds), id);

    public void ReadOutboxPart(ContentRequestId id, MessageId message, long offset, int length) => endpoint.ReadOutboxPart(id, message, offset, length);

    public void ReadPartialPart(ContentRequestId id, Place place, long offset, int length) => endpoint.ReadPartialPart(id, place, offset, length);

    public void RequestSign(RequestId id, ReadOnlySpan<byte> message) => endpoint.RequestSign(id, message);

    public void RequestVerify(RequestId id, NodeAddress signer, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
        endpoint.RequestVerify(id, signer, message, signature);

    public void Send(ReadOnlySpan<PathHop> path, NodeAddress firstHop, ReadOnlySpan<byte> message) => endpoint.Send(path, message);

    public void SendAnonymous(
        ReadOnlySpan<PathHop> path, NodeAddress firstHop, ReadOnlySpan<byte> message, ReadOnlySpan<SurbOrder> surbs, MessageId about) =>
        endpoint.SendAnonymous(path, message, surbs, about);

    public void UseSurb(ReadOnlySpan<byte> surb, ReadOnlySpan<byte> message) => endpoint.UseSurb(surb, message);

    public bool SendLoop(ReadOnlySpan<PathHop> path, NodeAddress firstHop, ReadOnlySpan<byte> message, MessageId about)
    {
        endpoint.Send(path, message, about);
        return true;
    }

    public bool SendBySurb(ReadOnlySpan<PathHop> back, uint expiryUnixSeconds, ReadOnlySpan<byte> message, MessageId about)
    {
        endpoint.SendBySurb(back, expiryUnixSeconds, message, about);
        return true;
    }

    public void ReadAnonymous(ContentRequestId id, MessageId message) => endpoint.ReadLater(store => store.ReadAnonymous(message), id);

    public void ReadReplyContent(ContentRequestId id, MessageId question) => endpoint.ReadReplyContent(id, question);

    public void SubmitCompleted(long token, in SubmitOutcome outcome) => endpoint.SubmitCompleted(token, outcome);

    public void InboxReady(ulong position) => endpoint.InboxReady(position);

    public void ReadInboxHeads(ContentRequestId id, ulong afterPosition, int maxHeads) =>
        endpoint.ReadHeads(id, store => store.ReadInboxHeads(afterPosition, maxHeads));

    public void ReadConversationHeads(ContentRequestId id, Place after, int maxHeads) =>
        endpoint.ReadHeads(id, store => store.ReadConversationHeads(after, maxHeads));

    public void ReadCheckpoint(ContentRequestId id, CheckpointId checkpoint, int sends, ImmutableArray<MessageId> questions) =>
        endpoint.ReadCheckpoint(id, checkpoint, sends, questions);

    public void Deliver(long session, ulong position, int deliveries) => endpoint.Give(position);

    public void CaughtUp(long session)
    {
    }

    public void ConsumerOpened(long session)
    {
    }

    public void ConsumerEnded(long session, ConsumerEnd end) => throw NoConsumers();

    public void CheckpointCompleted(long token, CheckpointOutcome outcome) => endpoint.OnCheckpoint(token, outcome);

    public void CancelCompleted(long token, CancelOutcome outcome)
    {
    }

    public void PingSent(long token, int relays) => endpoint.OnPingSent(token, relays);

    public void PingCompleted(long token, in PingOutcome outcome) => endpoint.OnPing(token, outcome);

    public void ReplayCompleted(long token) => throw NoConsumers();

    private static InvalidOperationException NoConsumers() => new("No simulated application asks for this.");
}
