using System.Collections.Immutable;
using MixMq.Endpoint.Messaging;
using MixMq.Overlay;
using MixMq.Overlay.Links;
using MixMq.Simulation.Nodes;
using MixMq.Sphinx;
using MixMq.Sphinx.Sending;

namespace MixMq.Simulation.Observation;

/// <summary>
/// Sees what happens in a world, from outside of every node: invariants, ledgers and measurements are observers. Each method is called at once,
/// in the middle of whatever goes on, so an observer only looks: cores it wants to ask are asked in <see cref="Sampled"/> and afterwards. Spans
/// are valid during the call.
/// </summary>
public abstract class WorldObserver
{
    /// <summary>The world that is observed; set before anything happens.</summary>
    public World World { get; internal set; } = null!;

    /// <summary>A process has started, from what the node's disk held.</summary>
    public virtual void Started(SimNode node)
    {
    }

    /// <summary>A process couldn't start: its store contradicts itself.</summary>
    public virtual void StartRefused(SimNode node, Exception reason)
    {
    }

    public virtual void Stopped(SimNode node, StopKind kind)
    {
    }

    /// <summary>A node's store was put back from a copy, while no process ran: its disk holds the copy.</summary>
    public virtual void StoreRestored(SimNode node)
    {
    }

    public virtual void ClockJumped(SimNode node, long millis)
    {
    }

    public virtual void Dialled(SimNode from, NodeAddress to)
    {
    }

    /// <summary>A connection with TLS came up; each end is a node's.</summary>
    public virtual void Connected(SimNode dialler, SimNode acceptor)
    {
    }

    /// <summary>What a core tells its operator of a link.</summary>
    public virtual void LinkChanged(SimNode node, in LinkEvent what)
    {
    }

    /// <summary>A float in a DMZ opened or closed its port to those who aren't of its inside.</summary>
    public virtual void PublicPortChanged(SimNode node, bool isOpen)
    {
    }

    /// <summary>A core was handed something over by its inside.</summary>
    public virtual void HandedOver(SimNode node, NodeAddress from, HandoverKind kind, ReadOnlySpan<byte> message)
    {
    }

    /// <summary>A core tells that a certificate handed over is to be forgotten.</summary>
    public virtual void HandoverEnded(SimNode node, NodeAddress from)
    {
    }

    /// <summary>A cell goes onto the wire.</summary>
    public virtual void CellWritten(SimNode from, SimNode to, ReadOnlySpan<byte> cell)
    {
    }

    /// <summary>A cell is handed to a core.</summary>
    public virtual void CellArrived(SimNode from, SimNode to, ReadOnlySpan<byte> cell)
    {
    }

    /// <summary>A core sends a HELLO, topology or control cell; the content is without frame and padding.</summary>
    public virtual void ControlSent(SimNode from, SimNode to, CellType type, ReadOnlySpan<byte> content)
    {
    }

    /// <summary>A packet is queued on a link: forwarded, or of the node's own making.</summary>
    public virtual void PacketSent(SimNode from, SimNode to, ReadOnlySpan<byte> packet, bool own)
    {
    }

    /// <summary>A core hands a packet to a crypto worker.</summary>
    public virtual void UnwrapRequested(SimNode node, ReadOnlySpan<byte> packet)
    {
    }

    /// <summary>A crypto worker has unwrapped a packet, which the core took in at a moment of the node's time; it is as it is now in the buffer.</summary>
    public virtual void Unwrapped(SimNode node, in UnwrapResult result, ReadOnlySpan<byte> packet, long requestedMicros)
    {
    }

    /// <summary>A packet ended at a node that takes it: lane A's message.</summary>
    public virtual void PacketDelivered(SimNode node, ReadOnlySpan<byte> message)
    {
    }

    /// <summary>An endpoint makes a packet of its own and hands it to the link to its first hop.</summary>
    public virtual void PacketMade(SimNode node, ReadOnlySpan<PathHop> path, ReadOnlySpan<byte> message, ReadOnlySpan<byte> packet)
    {
    }

    /// <summary>An endpoint makes a SURB: the hops are its user, relays, this node.</summary>
    public virtual void SurbMade(SimNode node, ReadOnlySpan<PathHop> back)
    {
    }

    /// <summary>An endpoint makes a packet with a SURB, which its node unwraps before it leaves.</summary>
    public virtual void ReplyMade(SimNode node, ReadOnlySpan<byte> packet)
    {
    }

    /// <summary>A core asks for a signature: over a link's handshake, an own record, or an envelope.</summary>
    public virtual void SignatureWanted(SimNode node, ReadOnlySpan<byte> message)
    {
    }

    /// <summary>A signature was checked for a core.</summary>
    public virtual void SignatureChecked(SimNode node, NodeAddress signer, ReadOnlySpan<byte> message, bool valid)
    {
    }

    /// <summary>A node's disk holds this sequence of its own record now.</summary>
    public virtual void SequenceStored(SimNode node, ulong sequence)
    {
    }

    /// <summary>A node sees another network than before; which, is to be asked later, since a core is never entered from within its sink.</summary>
    public virtual void ViewChanged(SimNode node)
    {
    }

    /// <summary>An application asks its node to send.</summary>
    public virtual void Submitted(SimNode node, SubmitRequest request)
    {
    }

    /// <summary>The node's answer to an application.</summary>
    public virtual void SubmitCompleted(SimNode node, SubmitRequest request, in SubmitOutcome outcome)
    {
    }

    /// <summary>An endpoint core wants a batch stored.</summary>
    public virtual void CommitBegun(SimNode node, long batch, ImmutableArray<StoreOperation> operations)
    {
    }

    /// <summary>A batch is durable. The core may never hear of it.</summary>
    public virtual void CommitDurable(SimNode node, long batch, ImmutableArray<StoreOperation> operations)
    {
    }

    /// <summary>A batch is lost, since the process ended before it was durable, or the disk lied about it.</summary>
    public virtual void CommitLost(SimNode node, long batch, ImmutableArray<StoreOperation> operations)
    {
    }

    /// <summary>The sender's store says durably what became of a message: acknowledged or expired.</summary>
    public virtual void Settled(SimNode node, MessageId message, OutboxStatus status)
    {
    }

    /// <summary>An application sees an entry of its inbox; again after a restart, if it wasn't consumed.</summary>
    public virtual void InboxRead(SimNode node, InboxEntry entry)
    {
    }

    /// <summary>An application's "I have it" is durable.</summary>
    public virtual void InboxConsumed(SimNode node, ulong position)
    {
    }

    /// <summary>A moment between events, once each <see cref="WorldOptions.SampleMicros"/>: the time to look at snapshots and queues.</summary>
    public virtual void Sampled()
    {
    }
}
