using System.Collections.Immutable;
using MixMq.Crypto;
using MixMq.Endpoint;
using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Anonymous;
using MixMq.Endpoint.Messaging.Consuming;
using MixMq.Overlay;
using MixMq.Overlay.Topology;
using MixMq.Simulation.Disk;
using MixMq.Simulation.Network;
using MixMq.Simulation.Observation;
using MixMq.Simulation.Time;
using MixMq.Sphinx;
using MixMq.Sphinx.Sending;

namespace MixMq.Simulation.Nodes;

/// <content>What the endpoint core asks for, and how it is answered.</content>
public sealed partial class SimEndpoint
{
    internal void Commit(long batch, ImmutableArray<StoreOperation> operations) => _writer.Enqueue(batch, operations);

    internal void ReadOutboxContent(ContentRequestId id, MessageId message)
    {
        ContentReads++;
        Schedule(EndpointEvent.Content, Node.World.Options.Read, id.Value, message);
    }

    internal void ReadPartial(ContentRequestId id, Place place) => Schedule(EndpointEvent.Content, Node.World.Options.Read, id.Value, place);

    internal void ReadLater(Func<MemoryStore, object> read, ContentRequestId id) => Schedule(EndpointEvent.Content, Node.World.Options.Read, id.Value, read);

    /// <summary>A real store reads at some time between the question and its answer: here as early as can be for every other one, and as late as can be for the others.</summary>
    internal void ReadEntries(Func<MemoryStore, IReadOnlyList<OutboxEntry>> read, ContentRequestId id)
    {
        if (id.Value % 2 == 0)
        {
            ReadLater(read, id);
        }
        else
        {
            var entries = read(Node.Disk.Store);
            ReadLater(_ => entries, id);
        }
    }

    /// <summary>The store reads at some time between the question and its answer, as in <see cref="ReadEntries"/>.</summary>
    internal void ReadCheckpoint(ContentRequestId id, CheckpointId checkpoint, int sends, ImmutableArray<MessageId> questions)
    {
        CheckpointRead Read(MemoryStore store) => new(
            store.HasCheckpoint(checkpoint) ? CheckpointKnowledge.Made
                : Enumerable.Range(0, sends).Any(index => store.StatusOf(checkpoint.MessageAt(Node.KnownAs, index)) is not null) ? CheckpointKnowledge.Forgotten
                : CheckpointKnowledge.Unknown,
            [.. questions.Select(store.ReadAnonymous)]);
        if (id.Value % 2 == 0)
        {
            ReadLater(Read, id);
        }
        else
        {
            var read = Read(Node.Disk.Store);
            ReadLater(_ => read, id);
        }
    }

    internal void OnCheckpoint(long token, CheckpointOutcome outcome)
    {
        Checkpoints[token] = outcome;
        Application?.OnCheckpoint(token, outcome);
    }

    internal void ReadOutboxPart(ContentRequestId id, MessageId message, long offset, int length)
    {
        ContentReads++;
        Schedule(EndpointEvent.Content, Node.World.Options.Read, id.Value, (MemoryStore store) => store.ReadOutboxPart(message, offset, length));
    }

    internal void ReadPartialPart(ContentRequestId id, Place place, long offset, int length) =>
        Schedule(EndpointEvent.Content, Node.World.Options.Read, id.Value, (MemoryStore store) => store.ReadPartialPart(place, offset, length));

    internal void RequestSign(RequestId id, ReadOnlySpan<byte> message)
    {
        Node.World.Events.SignatureWanted(Node, message);
        var signature = new byte[Ed25519.SignatureBytes];
        Node.Sign(message, signature);
        Schedule(EndpointEvent.Signed, SignDelay ?? Node.World.Options.Crypto, id.Value, signature);
    }

    internal void RequestVerify(RequestId id, NodeAddress signer, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        var valid = Node.World.Crypto.Verify(signer, message, signature);
        Node.World.Events.SignatureChecked(Node, signer, message, valid);
        Schedule(EndpointEvent.Verified, Node.World.Options.Crypto, id.Value, valid ? this : null);
    }

    internal void Send(ReadOnlySpan<PathHop> path, ReadOnlySpan<byte> message, MessageId? loop = null)
    {
        if (Pipe is not null)
        {
            Pipe.Send(Node.Address, path[^1].Address, message.ToArray());
        }
        else
        {
            Schedule(EndpointEvent.Wrap, Node.World.Options.Crypto, 0, new WrapJob(path.ToArray(), message.ToArray(), loop));
        }
    }

    internal void SubmitCompleted(long token, in SubmitOutcome outcome)
    {
        if (_submissions.Remove(token, out var request))
        {
            Outcomes[token] = outcome;
            Node.World.Events.SubmitCompleted(Node, request, outcome);
        }
    }

    internal void InboxReady(ulong position)
    {
        InboxReadyUpTo = Math.Max(InboxReadyUpTo, position);
        if (!_readIsPosted)
        {
            _readIsPosted = true;
            Schedule(EndpointEvent.Read, Node.World.Options.Read, 0, null);
        }
    }

    internal void ReadHeads(ContentRequestId id, Func<MemoryStore, InboxHead[]> read) => Schedule(EndpointEvent.Heads, Node.World.Options.Read, id.Value, read);

    internal void Give(ulong position) => Schedule(EndpointEvent.Given, Node.World.Options.Read, (long)position, null);

    private void Happen(in SimEvent what, EndpointCore core)
    {
        switch ((EndpointEvent)what.Kind)
        {
            case EndpointEvent.Wake:
                if (what.Number == _wakeMicros)
                {
                    _wakeMicros = Moment.Never;
                    core.Advance(Node.Now, ref _port);
                }

                break;
            case EndpointEvent.Signed:
                core.HandleSigned(new RequestId(what.Number), (byte[])what.Payload!, Node.Now, ref _port);
                break;
            case EndpointEvent.Verified:
                core.HandleVerified(new RequestId(what.Number), what.Payload is not null, Node.Now, ref _port);
                break;
            case EndpointEvent.Content:
                Answer(core, new ContentRequestId(what.Number), what.Payload!);
                break;
            case EndpointEvent.Wrap:
                Wrap((WrapJob)what.Payload!);
                break;
            case EndpointEvent.Work:
                ((Action)what.Payload!)();
                break;
            case EndpointEvent.Transaction:
                ((StorageWriter)what.Payload!).Complete();
                break;
            case EndpointEvent.Heads:
                core.HandleHeads(new ContentRequestId(what.Number), ((Func<MemoryStore, InboxHead[]>)what.Payload!)(Node.Disk.Store), Node.Now, ref _port);
                break;
            case EndpointEvent.Given:
                Application!.OnGiven((ulong)what.Number);
                break;
            case EndpointEvent.Read:
                _readIsPosted = false;
                ReadInbox();
                break;
            default:
                throw new InvalidOperationException("An event without a meaning.");
        }
    }

    private void Answer(EndpointCore core, ContentRequestId id, object wanted)
    {
        var store = Node.Disk.Store;
        switch ((wanted as Func<MemoryStore, object>)?.Invoke(store))
        {
            case IReadOnlyList<KeptMessage> kept:
                core.HandleKept(id, kept.ToArray(), Node.Now, ref _port);
                return;
            case IReadOnlyList<OutboxEntry> waiting:
                core.HandleWaiting(id, waiting.ToArray(), Node.Now, ref _port);
                return;
            case AnonymousKnowledge knowledge:
                core.HandleAnonymousKnowledge(id, knowledge, Node.Now, ref _port);
                return;
            case CheckpointRead checkpoint:
                core.HandleCheckpointKnowledge(id, checkpoint.Knowledge, checkpoint.Questions, Node.Now, ref _port);
                return;
            case IReadOnlyList<MessageId> former:
                core.HandleFormer(id, former.ToArray(), Node.Now, ref _port);
                return;
        }

        var content = wanted switch
        {
            MessageId message => store.ReadOutboxContent(message),
            Func<MemoryStore, ReadOnlyMemory<byte>?> part => part(store),
            _ => store.ReadPartial((Place)wanted),
        };
        if (content is { } bytes)
        {
            core.HandleContent(id, bytes, Node.Now, ref _port);
        }
        else
        {
            Node.World.Marks.Hit(Mark.ContentMissing);
            core.HandleContentMissing(id, Node.Now, ref _port);
        }
    }

    private void Wrap(WrapJob job)
    {
        if (!Node.Pool.TryRent(out var packet))
        {
            Node.Core.Count(DropCause.PoolEmpty);
            Node.World.Marks.Hit(Mark.PoolEmpty);
            Dropped(job);
            return;
        }

        var result = Node.World.Crypto.Wrap(Node.Parameters.Definition, job.Path, job.Message, _random, packet.Packet);
        if (result != WrapResult.Wrapped)
        {
            packet.Return();
            throw new InvalidOperationException($"A packet could not be wrapped: {result}.");
        }

        Node.World.Events.PacketMade(Node, job.Path, job.Message, packet.Packet);
        if (!Node.TrySendPacket(job.Path[0].Address, packet))
        {
            packet.Return();
            Node.Core.Count(DropCause.NoLink);
            Node.World.Marks.Hit(Mark.NoPathToWrap);
            Dropped(job);
        }
    }

    private void Dropped(WrapJob job)
    {
        if (job.Loop is { } loop)
        {
            _core?.HandleLoopDropped(loop);
        }
    }

    /// <summary>The application: takes what is new in the inbox, and says that it has it.</summary>
    private void ReadInbox()
    {
        var consumed = ImmutableArray.CreateBuilder<StoreOperation>();
        foreach (var item in Node.Disk.Store.ReadInbox(_readUpTo))
        {
            _readUpTo = item.Entry.Position;
            if (!item.Consumed)
            {
                Node.World.Events.InboxRead(Node, item.Entry);
                consumed.Add(new StoreOperation.ConsumeInbox(item.Entry.Position));
            }
        }

        if (Consumes && consumed.Count > 0)
        {
            _writer.Enqueue(StorageWriter.OfShell, consumed.ToImmutable());
        }
    }

    private void Schedule(EndpointEvent kind, in DelayDistribution after, long number, object? payload) =>
        Node.World.Clock.At(Node.World.Clock.Micros + after.Sample(Node.Dice), new SimEvent(this, (int)kind, Node.Incarnation, number, payload));

    private void Arm()
    {
        if (_core is not null && _core.NextDeadline < _wakeMicros)
        {
            _wakeMicros = _core.NextDeadline;
            Node.World.Clock.At(
                Node.Clock.World(_wakeMicros), new SimEvent(this, (int)EndpointEvent.Wake, Node.Incarnation, _wakeMicros, null));
        }
    }

    private sealed record CheckpointRead(CheckpointKnowledge Knowledge, AnonymousKnowledge[] Questions);
}
