using MixMq.Endpoint;
using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Anonymous;
using MixMq.Simulation.Disk;
using MixMq.Sphinx.Sending;

namespace MixMq.Simulation.Nodes;

/// <content>What goes out with SURBs, and by them.</content>
public sealed partial class SimEndpoint
{
    /// <summary>What is read of replies is gone, as where the disk has lost it.</summary>
    public bool LosesReplies { get; set; }

    /// <summary>How often the content of a reply was asked for.</summary>
    public long ReplyReads { get; private set; }

    /// <summary>The message of a reply by a SURB that this process gave out reaches the core.</summary>
    public void ReceiveReply(MessageId about, ReadOnlySpan<byte> message)
    {
        if (_core is not null)
        {
            _core.HandleReply(about, message, Node.Now, ref _port);
            Arm();
        }
    }

    /// <summary>The same, of the process that gave it out; another one can't open it.</summary>
    internal void ReceiveReply(long incarnation, MessageId about, ReadOnlySpan<byte> message)
    {
        if (incarnation == Node.Incarnation)
        {
            ReceiveReply(about, message);
        }
    }

    internal void SendAnonymous(ReadOnlySpan<PathHop> path, ReadOnlySpan<byte> message, ReadOnlySpan<SurbOrder> surbs, MessageId about) =>
        (Pipe ?? throw NoSurbs()).SendAnonymous(this, path[^1].Address, message.ToArray(), surbs, about);

    internal void UseSurb(ReadOnlySpan<byte> surb, ReadOnlySpan<byte> message) => (Pipe ?? throw NoSurbs()).UseSurb(this, surb, message.ToArray());

    internal void ReadReplyContent(ContentRequestId id, MessageId question)
    {
        ReplyReads++;
        Schedule(EndpointEvent.Content, Node.World.Options.Read, id.Value, (MemoryStore store) => LosesReplies ? null : store.ReadReplyContent(question));
    }

    private static InvalidOperationException NoSurbs() => new("Only a pipe has SURBs in simulations.");
}
