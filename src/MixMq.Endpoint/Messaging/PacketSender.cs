using System.Runtime.InteropServices;
using MixMq.Overlay;
using MixMq.Sphinx;
using MixMq.Sphinx.Sending;

namespace MixMq.Endpoint.Messaging;

/// <summary>Sends lane A messages, each over a path of its own.</summary>
internal sealed class PacketSender(MessagingContext context)
{
    private readonly List<PathHop> _path = [];

    /// <summary>Hops of the path just drawn, the recipient among them.</summary>
    public int Hops => _path.Count;

    /// <summary>Draws the path of the next packet.</summary>
    /// <returns>False: there is none now.</returns>
    public bool TryRoute(NodeAddress to, Moment now) => context.TryRoute(to, now, _path);

    /// <summary>Sends over the path just drawn.</summary>
    public void Send<TSink>(ReadOnlySpan<byte> message, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        context.Counters.PacketsSent++;
        context.Routes.Taken();
        sink.Send(CollectionsMarshal.AsSpan(_path), _path[0].Address, message);
    }
}
