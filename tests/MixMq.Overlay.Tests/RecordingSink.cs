using System.Collections.Immutable;
using MixMq.Overlay.Admission;
using MixMq.Overlay.Links;
using MixMq.Overlay.Topology;
using MixMq.Sphinx;

namespace MixMq.Overlay.Tests;

/// <summary>Takes note of a core's output and does nothing.</summary>
internal sealed class RecordingSink : IOverlaySink
{
    public List<(ConnectionId Id, LinkCloseReason Reason)> Closed { get; } = [];

    public List<uint> MixKeys { get; } = [];

    public List<MixKey> Released { get; } = [];

    /// <summary>Whether released keys are kept, as by a shell that hasn't come to them yet.</summary>
    public bool KeepsReleased { get; set; }

    public void Dial(NodeAddress peer)
    {
    }

    public void SendControl(ConnectionId id, ReadOnlySpan<byte> content, CellType type)
    {
    }

    public void SendPacket(ConnectionId id, PacketBuffer packet) => packet.Return();

    public void Close(ConnectionId id, LinkCloseReason reason) => Closed.Add((id, reason));

    public void RequestSign(RequestId id, ReadOnlySpan<byte> message)
    {
    }

    public void RequestVerify(RequestId id, NodeAddress signer, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
    }

    public void RequestVerifyRecord(RequestId id, LinkStateRecord record, ReadOnlySpan<byte> signedMessage)
    {
    }

    public void RequestUnwrap(PacketBuffer packet, ReadOnlyMemory<MixKey> candidates) => packet.Return();

    public void RequestMixKey(uint epoch) => MixKeys.Add(epoch);

    public void ReleaseMixKey(MixKey key)
    {
        Released.Add(key);
        if (!KeepsReleased)
        {
            key.Release();
        }
    }

    public void PersistStatements(ImmutableArray<AuthorityStatement> statements)
    {
    }

    public void PersistSequence(ulong sequence)
    {
    }

    public void Deliver(PacketBuffer packet, in UnwrapResult result) => packet.Return();

    public void TopologyChanged()
    {
    }

    public void HandedOver(NodeAddress peer, HandoverKind kind, ReadOnlySpan<byte> message)
    {
    }

    public void HandoverEnded(NodeAddress peer)
    {
    }

    public void LinkEvent(in LinkEvent linkEvent)
    {
    }
}
