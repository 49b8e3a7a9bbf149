using MixMq.Endpoint.Messaging;
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

    public void SendAnonymous(
        ReadOnlySpan<PathHop> path, NodeAddress firstHop, ReadOnlySpan<byte> message, int surbOffset, ReadOnlySpan<PathHop> back, uint expiryUnixSeconds, MessageId about) =>
        Enqueue(new AnonymousJob.Packet(path.ToArray(), firstHop, message.ToArray(), surbOffset, back.ToArray(), expiryUnixSeconds, about));

    public void UseSurb(ReadOnlySpan<byte> surb, ReadOnlySpan<byte> message) => Enqueue(new AnonymousJob.Reply(surb.ToArray(), message.ToArray()));

    /// <summary>Opens a reply in place; what opened it is gone afterwards, whatever it was.</summary>
    internal bool TryOpenReply(SurbId surb, Span<byte> laneB, out MessageId about, out ReadOnlySpan<byte> message) => _replies.TryOpen(surb, laneB, out about, out message);

    private void Enqueue(AnonymousJob job)
    {
        if (_anonymous.TryEnqueue(job))
        {
            _queued = true;
        }
        else
        {
            _overlay.Count(DropCause.CryptoQueueFull);
        }
    }
}
