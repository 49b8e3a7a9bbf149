using MixMq.Endpoint;
using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Anonymous;
using MixMq.Overlay;
using MixMq.Sphinx;
using MixMq.Sphinx.Sending;
using MixMq.Transport.Workers;

namespace MixMq.Node.Messaging;

/// <content>Anonymous messages: SURBs that go out with them, and replies.</content>
internal sealed partial class EndpointShell
{
    private readonly Replies _replies;
    private readonly BatchQueue<AnonymousJob> _anonymous;

    public void SendAnonymous(ReadOnlySpan<PathHop> path, NodeAddress firstHop, ReadOnlySpan<byte> message, ReadOnlySpan<SurbOrder> surbs, MessageId about) =>
        Enqueue(new AnonymousJob.Packet(path.ToArray(), firstHop, message.ToArray(), surbs.ToArray(), about));

    public void UseSurb(ReadOnlySpan<byte> surb, ReadOnlySpan<byte> message) => Enqueue(new AnonymousJob.Reply(surb.ToArray(), message.ToArray()));

    public bool SendBySurb(ReadOnlySpan<PathHop> back, uint expiryUnixSeconds, ReadOnlySpan<byte> message, MessageId about) =>
        Enqueue(new AnonymousJob.Loop(back.ToArray(), expiryUnixSeconds, message.ToArray(), about));

    public void ReadAnonymous(ContentRequestId id, MessageId message) => _reads.Enqueue(store => new EndpointInput.AnonymousKnown(id, store.ReadAnonymous(message)));

    public void ReadReplyContent(ContentRequestId id, MessageId question) => _reads.Enqueue(store => new EndpointInput.Content(id, store.ReadReplyContent(question)));

    /// <summary>Opens a reply in place; what opened it is gone afterwards, whatever it was.</summary>
    internal bool TryOpenReply(SurbId surb, Span<byte> laneB, out MessageId about, out ReadOnlySpan<byte> message) => _replies.TryOpen(surb, laneB, out about, out message);

    private bool Enqueue(AnonymousJob job)
    {
        if (_anonymous.TryEnqueue(job))
        {
            _queued = true;
            return true;
        }

        _overlay.Count(DropCause.CryptoQueueFull);
        return false;
    }
}
