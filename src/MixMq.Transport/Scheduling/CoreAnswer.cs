using System.Collections.Immutable;
using MixMq.Overlay;
using MixMq.Overlay.Admission;
using MixMq.Overlay.Links;
using MixMq.Overlay.Map;
using MixMq.Sphinx;
using MixMq.Transport.Links;

namespace MixMq.Transport.Scheduling;

/// <summary>The rarer inputs of the core: answers to its requests, and what the host asks of it. Closed.</summary>
internal abstract record CoreAnswer
{
    private CoreAnswer()
    {
    }

    internal sealed record Signed(RequestId Id, byte[] Signature) : CoreAnswer;

    internal sealed record Verified(RequestId Id, bool Valid) : CoreAnswer;

    internal sealed record MixKeyMade(MixKey Key) : CoreAnswer;

    internal sealed record MixKeyFailed(uint Epoch) : CoreAnswer;

    internal sealed record Persisted(ulong Sequence) : CoreAnswer;

    internal sealed record DialFailed(NodeAddress Peer) : CoreAnswer;

    internal sealed record HandOver(NodeAddress Peer, HandoverMessage Message) : CoreAnswer;

    internal sealed record StatementGiven(AuthorityStatement Statement) : CoreAnswer;

    /// <summary>A reply that this node made with a SURB; whoever reads this owns it.</summary>
    internal sealed record OwnReply(PacketBuffer Packet) : CoreAnswer;

    internal sealed record PeersChanged(ImmutableArray<PeerChange> Changes) : CoreAnswer;

    internal sealed record SnapshotWanted(TaskCompletionSource<OverlaySnapshot> Result) : CoreAnswer;

    internal sealed record MapWanted(TaskCompletionSource<NetworkMapView> Result) : CoreAnswer;

    internal sealed record DrainWanted(long DeadlineMicros) : CoreAnswer;
}
