using MixMq.Endpoint.Messaging;
using MixMq.Sphinx;
using MixMq.Sphinx.Sending;

namespace MixMq.Node.Messaging;

/// <summary>A packet with a SURB in its message, or an answer by one, on its way to a crypto worker.</summary>
internal abstract record AnonymousJob
{
    private AnonymousJob()
    {
    }

    internal sealed record Packet(PathHop[] Path, NodeAddress FirstHop, byte[] Message, int SurbOffset, PathHop[] Back, uint ExpiryUnixSeconds, MessageId About) : AnonymousJob;

    internal sealed record Reply(byte[] Surb, byte[] Message) : AnonymousJob;
}
