using System.Collections.Immutable;
using MixMq.Overlay;
using MixMq.Overlay.Admission;
using MixMq.Overlay.Links;
using MixMq.Overlay.Topology;
using MixMq.Sphinx;

namespace MixMq.Simulation.Nodes;

/// <summary>The overlay core's way out of a node. A value, so that the core's generic methods are compiled for it.</summary>
internal readonly struct OverlayPort(SimNode node) : IOverlaySink
{
    public void Dial(NodeAddress peer) => node.Dial(peer);

    public void SendControl(ConnectionId id, ReadOnlySpan<byte> content, CellType type) => node.SendControl(id, content, type);

    public void SendPacket(ConnectionId id, PacketBuffer packet) => node.SendPacket(id, packet);

    public void Close(ConnectionId id, LinkCloseReason reason) => node.Close(id);

    public void RequestSign(RequestId id, ReadOnlySpan<byte> message) => node.RequestSign(id, message);

    public void RequestVerify(RequestId id, NodeAddress signer, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
        node.RequestVerify(id, signer, message, signature);

    public void RequestVerifyRecord(RequestId id, LinkStateRecord record, ReadOnlySpan<byte> signedMessage) =>
        node.RequestVerifyRecord(id, record, signedMessage);

    public void RequestUnwrap(PacketBuffer packet, ReadOnlyMemory<MixKey> candidates) => node.RequestUnwrap(packet, candidates);

    public void RequestMixKey(uint epoch) => node.RequestMixKey(epoch);

    public void PersistSequence(ulong sequence) => node.PersistSequence(sequence);

    public void PersistStatements(ImmutableArray<AuthorityStatement> statements) => node.PersistStatements(statements);

    public void Deliver(PacketBuffer packet, in UnwrapResult result) => node.Deliver(packet, result);

    public void TopologyChanged() => node.TopologyChanged();

    public void HandedOver(NodeAddress peer, HandoverKind kind, ReadOnlySpan<byte> message) => node.World.Events.HandedOver(node, peer, kind, message);

    public void HandoverEnded(NodeAddress peer) => node.World.Events.HandoverEnded(node, peer);

    public void LinkEvent(in LinkEvent linkEvent) => node.OnLinkEvent(linkEvent);
}
