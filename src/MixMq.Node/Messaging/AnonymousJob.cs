using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Anonymous;
using MixMq.Sphinx;
using MixMq.Sphinx.Sending;

namespace MixMq.Node.Messaging;

/// <summary>A packet with SURBs in its message, or an answer by one, on its way to a crypto worker.</summary>
internal abstract record AnonymousJob
{
    private AnonymousJob()
    {
    }

    internal sealed record Packet(PathHop[] Path, NodeAddress FirstHop, byte[] Message, SurbOrder[] Surbs, MessageId About) : AnonymousJob;

    internal sealed record Reply(byte[] Surb, byte[] Message) : AnonymousJob;

    /// <summary>A reply to this node itself.</summary>
    internal sealed record Loop(PathHop[] Back, uint ExpiryUnixSeconds, byte[] Message, MessageId About) : AnonymousJob;
}
