using System.Collections.Immutable;
using MixMq.Endpoint.Messaging;
using MixMq.Overlay;
using MixMq.Overlay.Links;
using MixMq.Simulation.Nodes;
using MixMq.Sphinx;
using MixMq.Sphinx.Sending;

namespace MixMq.Simulation.Observation;

/// <summary>Where the parts of a world say what happens: into the trace, and to the observers.</summary>
internal sealed class WorldEvents(Trace trace, Marks marks, List<WorldObserver> observers)
{
    public void Started(SimNode node)
    {
        trace.Add(TraceKind.Started, node);
        foreach (var observer in observers)
        {
            observer.Started(node);
        }
    }

    public void StartRefused(SimNode node, Exception reason)
    {
        trace.Add(TraceKind.StartRefused, node);
        marks.Hit(Mark.StartRefused);
        foreach (var observer in observers)
        {
            observer.StartRefused(node, reason);
        }
    }

    public void Stopped(SimNode node, StopKind kind)
    {
        trace.Add(TraceKind.Stopped, node, (long)kind);
        foreach (var observer in observers)
        {
            observer.Stopped(node, kind);
        }
    }

    public void StoreRestored(SimNode node)
    {
        trace.Add(TraceKind.StoreRestored, node);
        foreach (var observer in observers)
        {
            observer.StoreRestored(node);
        }
    }

    public void ClockJumped(SimNode node, long millis)
    {
        trace.Add(TraceKind.ClockJumped, node, millis);
        marks.Hit(millis > 0 ? Mark.ClockJumpedAhead : Mark.ClockJumpedBack);
        foreach (var observer in observers)
        {
            observer.ClockJumped(node, millis);
        }
    }

    public void Dialled(SimNode from, NodeAddress to)
    {
        trace.Add(TraceKind.Dialled, from);
        foreach (var observer in observers)
        {
            observer.Dialled(from, to);
        }
    }

    public void Connected(SimNode dialler, SimNode acceptor)
    {
        trace.Add(TraceKind.Connected, dialler, acceptor.Index);
        foreach (var observer in observers)
        {
            observer.Connected(dialler, acceptor);
        }
    }

    public void HandedOver(SimNode node, NodeAddress from, HandoverKind kind, ReadOnlySpan<byte> message)
    {
        foreach (var observer in observers)
        {
            observer.HandedOver(node, from, kind, message);
        }
    }

    public void HandoverEnded(SimNode node, NodeAddress from)
    {
        foreach (var observer in observers)
        {
            observer.HandoverEnded(node, from);
        }
    }

    public void LinkChanged(SimNode node, in LinkEvent what)
    {
        trace.Add(TraceKind.LinkChanged, node, (long)what.Kind);
        marks.Hit(what.Kind switch
        {
            LinkEventKind.Up => Mark.LinkUp,
            LinkEventKind.Suspect => Mark.LinkSuspect,
            LinkEventKind.Recovered => Mark.LinkRecovered,
            LinkEventKind.Down => Mark.LinkDown,
            LinkEventKind.Replaced => Mark.LinkReplaced,
            _ => Mark.ConnectionTurnedAway,
        });
        foreach (var observer in observers)
        {
            observer.LinkChanged(node, what);
        }
    }

    public void PublicPortChanged(SimNode node, bool isOpen)
    {
        trace.Add(TraceKind.PublicPortChanged, node, isOpen ? 1 : 0);
        marks.Hit(isOpen ? Mark.PortOpened : Mark.PortShut);
        foreach (var observer in observers)
        {
            observer.PublicPortChanged(node, isOpen);
        }
    }

    public void CellWritten(SimNode from, SimNode to, ReadOnlySpan<byte> cell)
    {
        trace.Add(TraceKind.CellWritten, from, to.Index, cell);
        foreach (var observer in observers)
        {
            observer.CellWritten(from, to, cell);
        }
    }

    public void CellArrived(SimNode from, SimNode to, ReadOnlySpan<byte> cell)
    {
        // Its bytes were hashed when it was written; a filter that changed it did so before.
        trace.Add(TraceKind.CellArrived, to, from.Index);
        foreach (var observer in observers)
        {
            observer.CellArrived(from, to, cell);
        }
    }

    public void ControlSent(SimNode from, SimNode to, CellType type, ReadOnlySpan<byte> content)
    {
        foreach (var observer in observers)
        {
            observer.ControlSent(from, to, type, content);
        }
    }

    public void PacketSent(SimNode from, SimNode to, ReadOnlySpan<byte> packet, bool own)
    {
        trace.Add(TraceKind.PacketSent, from, own ? 1 : 0);
        foreach (var observer in observers)
        {
            observer.PacketSent(from, to, packet, own);
        }
    }

    public void UnwrapRequested(SimNode node, ReadOnlySpan<byte> packet)
    {
        foreach (var observer in observers)
        {
            observer.UnwrapRequested(node, packet);
        }
    }

    public void Unwrapped(SimNode node, in UnwrapResult result, ReadOnlySpan<byte> packet, long requestedMicros)
    {
        trace.Add(TraceKind.Unwrapped, node, ((long)result.Kind << 32) | (long)result.Reason);
        switch (result.Reason)
        {
            case DropReason.Replayed:
                marks.Hit(Mark.PacketReplayed);
                break;
            case DropReason.AuthenticationFailed:
                marks.Hit(Mark.PacketNotAuthentic);
                break;
            case DropReason.ReplayFilterFull:
                marks.Hit(Mark.ReplayFilterFull);
                break;
            default:
                break;
        }

        foreach (var observer in observers)
        {
            observer.Unwrapped(node, result, packet, requestedMicros);
        }
    }

    public void PacketDelivered(SimNode node, ReadOnlySpan<byte> message)
    {
        trace.Add(TraceKind.PacketDelivered, node, 0, message);
        foreach (var observer in observers)
        {
            observer.PacketDelivered(node, message);
        }
    }

    public void PacketMade(SimNode node, ReadOnlySpan<PathHop> path, ReadOnlySpan<byte> message, ReadOnlySpan<byte> packet)
    {
        trace.Add(TraceKind.PacketMade, node, path.Length);
        foreach (var observer in observers)
        {
            observer.PacketMade(node, path, message, packet);
        }
    }

    public void SurbMade(SimNode node, ReadOnlySpan<PathHop> back)
    {
        trace.Add(TraceKind.SurbMade, node, back.Length);
        foreach (var observer in observers)
        {
            observer.SurbMade(node, back);
        }
    }

    public void ReplyMade(SimNode node, ReadOnlySpan<byte> packet)
    {
        trace.Add(TraceKind.ReplyMade, node);
        foreach (var observer in observers)
        {
            observer.ReplyMade(node, packet);
        }
    }

    public void SignatureWanted(SimNode node, ReadOnlySpan<byte> message)
    {
        trace.Add(TraceKind.SignatureWanted, node, 0, message);
        foreach (var observer in observers)
        {
            observer.SignatureWanted(node, message);
        }
    }

    public void SignatureChecked(SimNode node, NodeAddress signer, ReadOnlySpan<byte> message, bool valid)
    {
        trace.Add(TraceKind.SignatureChecked, node, valid ? 1 : 0);
        if (!valid)
        {
            marks.Hit(Mark.SignatureRefused);
        }

        foreach (var observer in observers)
        {
            observer.SignatureChecked(node, signer, message, valid);
        }
    }

    public void SequenceStored(SimNode node, ulong sequence)
    {
        trace.Add(TraceKind.SequenceStored, node, (long)sequence);
        foreach (var observer in observers)
        {
            observer.SequenceStored(node, sequence);
        }
    }

    public void ViewChanged(SimNode node)
    {
        trace.Add(TraceKind.ViewChanged, node);
        foreach (var observer in observers)
        {
            observer.ViewChanged(node);
        }
    }

    public void Submitted(SimNode node, SubmitRequest request)
    {
        trace.Add(TraceKind.Submitted, node, request.Token, request.Content.Span);
        foreach (var observer in observers)
        {
            observer.Submitted(node, request);
        }
    }

    public void SubmitCompleted(SimNode node, SubmitRequest request, in SubmitOutcome outcome)
    {
        trace.Add(TraceKind.SubmitCompleted, node, (request.Token << 8) | (long)outcome.Refusal);
        if (!outcome.Accepted)
        {
            marks.Hit(Mark.SubmitRefused);
        }

        foreach (var observer in observers)
        {
            observer.SubmitCompleted(node, request, outcome);
        }
    }

    public void CommitBegun(SimNode node, long batch, ImmutableArray<StoreOperation> operations)
    {
        trace.Add(TraceKind.CommitBegun, node, (batch << 16) | (long)operations.Length);
        foreach (var observer in observers)
        {
            observer.CommitBegun(node, batch, operations);
        }
    }

    public void CommitDurable(SimNode node, long batch, ImmutableArray<StoreOperation> operations)
    {
        trace.Add(TraceKind.CommitDurable, node, batch);
        foreach (var operation in operations)
        {
            Note(operation);
        }

        foreach (var observer in observers)
        {
            observer.CommitDurable(node, batch, operations);
            foreach (var operation in operations)
            {
                if (operation is StoreOperation.SettleOutbox settle)
                {
                    observer.Settled(node, settle.Id, settle.Status);
                }
                else if (operation is StoreOperation.ConsumeInbox consume)
                {
                    observer.InboxConsumed(node, consume.Position);
                }
            }
        }
    }

    public void CommitLost(SimNode node, long batch, ImmutableArray<StoreOperation> operations)
    {
        trace.Add(TraceKind.CommitLost, node, batch);
        foreach (var observer in observers)
        {
            observer.CommitLost(node, batch, operations);
        }
    }

    public void InboxRead(SimNode node, InboxEntry entry)
    {
        trace.Add(TraceKind.InboxRead, node, (long)entry.Position, entry.Content.Span);
        foreach (var observer in observers)
        {
            observer.InboxRead(node, entry);
        }
    }

    public void Sampled()
    {
        trace.Add(TraceKind.Sampled, null);
        foreach (var observer in observers)
        {
            observer.Sampled();
        }
    }

    private void Note(StoreOperation operation)
    {
        switch (operation)
        {
            case StoreOperation.SettleOutbox { Status: OutboxStatus.Expired }:
                marks.Hit(Mark.MessageExpired);
                break;
            case StoreOperation.AppendInbox append:
                if (append.Entry.Tombstone)
                {
                    marks.Hit(Mark.TombstoneReceived);
                }

                if (append.Entry.State == InboxState.Held)
                {
                    marks.Hit(Mark.EntryHeld);
                }

                break;
            case StoreOperation.OpenPartial:
                marks.Hit(Mark.PartialOpened);
                break;
            case StoreOperation.DropPartial:
                marks.Hit(Mark.PartialDropped);
                break;
            default:
                break;
        }
    }
}
