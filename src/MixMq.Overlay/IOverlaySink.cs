using System.Collections.Immutable;
using MixMq.Overlay.Admission;
using MixMq.Overlay.Links;
using MixMq.Overlay.Topology;
using MixMq.Sphinx;

namespace MixMq.Overlay;

/// <summary>
/// Where an <see cref="OverlayCore"/> puts its output: called while it handles one input, on the same thread. An implementation notes what is
/// to be done and returns; it never calls back into the core, and spans are valid during the call alone.
/// </summary>
public interface IOverlaySink
{
    /// <summary>
    /// Open a connection to a peer and bring TLS up. Answered by <see cref="OverlayCore.HandleConnected"/> or
    /// <see cref="OverlayCore.HandleDialFailed"/>.
    /// </summary>
    /// <param name="peer">A configured peer; the shell knows where it is.</param>
    void Dial(NodeAddress peer);

    /// <summary>
    /// Send a cell that isn't a packet. The shell frames it with <see cref="LinkCell.Write"/> and queues it in the link's
    /// <see cref="LinkScheduler"/>. Where a topology or control cell doesn't fit, the shell ends the connection and reports it: a message with a hole
    /// in it would look like misbehaviour to the peer. A HELLO that doesn't fit is dropped; others wait already.
    /// </summary>
    /// <param name="id">The connection.</param>
    /// <param name="content">At most <see cref="LinkCell.ContentRoom"/> bytes.</param>
    /// <param name="type">Hello, topology or control.</param>
    void SendControl(ConnectionId id, ReadOnlySpan<byte> content, CellType type);

    /// <summary>Send a packet. Its cell is complete, type byte included.</summary>
    /// <param name="id">The connection.</param>
    /// <param name="packet">Ownership moves to the shell.</param>
    void SendPacket(ConnectionId id, PacketBuffer packet);

    /// <summary>
    /// Close a connection, after what was queued for it is written or a bound of the shell's has passed. The core has forgotten the connection:
    /// <see cref="OverlayCore.HandleDisconnected"/> need not follow, and is ignored if it does.
    /// </summary>
    /// <param name="id">The connection.</param>
    /// <param name="reason">Why.</param>
    void Close(ConnectionId id, LinkCloseReason reason);

    /// <summary>Sign with the node's identity. Answered by <see cref="OverlayCore.HandleSigned"/>.</summary>
    /// <param name="id">To be repeated in the answer.</param>
    /// <param name="message">What to sign.</param>
    void RequestSign(RequestId id, ReadOnlySpan<byte> message);

    /// <summary>Verify a signature. Answered by <see cref="OverlayCore.HandleVerified"/>.</summary>
    /// <param name="id">To be repeated in the answer.</param>
    /// <param name="signer">Whose signature it should be; may be any 32 bytes, in which case the answer is false.</param>
    /// <param name="message">What was signed.</param>
    /// <param name="signature">64 bytes.</param>
    void RequestVerify(RequestId id, NodeAddress signer, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature);

    /// <summary>
    /// Ask <see cref="LinkStateRecord.Verify"/> of a link-state record in a crypto worker: its signature and its keys. Answered by
    /// <see cref="OverlayCore.HandleVerified"/>.
    /// </summary>
    /// <param name="id">To be repeated in the answer.</param>
    /// <param name="record">The record; immutable, so it may be kept.</param>
    /// <param name="signedMessage">What its signature is over.</param>
    void RequestVerifyRecord(RequestId id, LinkStateRecord record, ReadOnlySpan<byte> signedMessage);

    /// <summary>Unwrap a packet in a crypto worker. Answered by <see cref="OverlayCore.HandleUnwrapped"/>.</summary>
    /// <param name="packet">Ownership moves to the shell, and back with the answer.</param>
    /// <param name="candidates">
    /// The keys that are acceptable now, likeliest first; 1 to 3. The memory never changes after the call, so the shell may keep it. A key may
    /// be disposed before the worker comes to it: <see cref="Unwrapper"/> acquires each one.
    /// </param>
    void RequestUnwrap(PacketBuffer packet, ReadOnlyMemory<MixKey> candidates);

    /// <summary>
    /// Make a mix key with a replay filter for <see cref="OverlayOptions.ReplayCapacity"/> tags. Answered by
    /// <see cref="OverlayCore.HandleMixKey"/> or <see cref="OverlayCore.HandleMixKeyFailed"/>. The core disposes of it when its time has passed.
    /// </summary>
    /// <param name="epoch">The epoch it is for.</param>
    void RequestMixKey(uint epoch);

    /// <summary>
    /// Stop using a mix key whose time has passed. It takes no new users any more, and its last one destroys it: its replay filter may be hundreds of
    /// MB, and to give those back takes longer than links and packets should wait. What isn't overridden does so at once.
    /// </summary>
    /// <param name="key">One that the core uses, once.</param>
    void ReleaseMixKey(MixKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        key.Release();
    }

    /// <summary>Store the own record's sequence durably. Answered by <see cref="OverlayCore.HandleSequencePersisted"/>.</summary>
    /// <param name="sequence">The sequence.</param>
    void PersistSequence(ulong sequence);

    /// <summary>Store what the network's authorities have said, in place of what was stored before. Nothing waits for it.</summary>
    /// <param name="statements">All that the node holds; at the next start they are <see cref="AdmissionOptions.Stored"/>.</param>
    void PersistStatements(ImmutableArray<AuthorityStatement> statements);

    /// <summary>A packet for this node: <see cref="UnwrapKind.Deliver"/> or <see cref="UnwrapKind.Reply"/>.</summary>
    /// <param name="packet">Ownership moves to the shell.</param>
    /// <param name="result">What the unwrapping said, offsets into <see cref="PacketBuffer.Packet"/>.</param>
    void Deliver(PacketBuffer packet, in UnwrapResult result);

    /// <summary>
    /// The view of the network changed. A shell that needs it asks <see cref="OverlayCore.View"/> after the call, and as seldom as will do: to
    /// make it costs milliseconds in a big network.
    /// </summary>
    void TopologyChanged();

    /// <summary>A peer that may has handed something over, whole. It may come again unchanged, as on another connection.</summary>
    /// <param name="peer">The peer.</param>
    /// <param name="kind">What it is.</param>
    /// <param name="message">What was handed over, unchecked; secret where it is a certificate, and cleared after the call.</param>
    void HandedOver(NodeAddress peer, HandoverKind kind, ReadOnlySpan<byte> message);

    /// <summary>The last connection is gone on which the peer had handed over a certificate: it is to be forgotten.</summary>
    /// <param name="peer">The peer.</param>
    void HandoverEnded(NodeAddress peer);

    /// <summary>Something that an operator wants to know of a link.</summary>
    /// <param name="linkEvent">What happened.</param>
    void LinkEvent(in LinkEvent linkEvent);
}
