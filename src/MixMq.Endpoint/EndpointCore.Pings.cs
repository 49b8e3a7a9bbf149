using MixMq.Endpoint.Pings;
using MixMq.Overlay;

namespace MixMq.Endpoint;

/// <content>Asking other endpoints whether they answer.</content>
public sealed partial class EndpointCore
{
    /// <summary>
    /// Somebody wants to know whether another endpoint answers; answered by <see cref="IEndpointSink.PingCompleted"/>, once, in this call or later, unless <see cref="HandlePingGone"/> comes first, and before that by
    /// <see cref="IEndpointSink.PingSent"/> when the ping leaves.
    /// </summary>
    public void HandlePing<TSink>(PingRequest request, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        ArgumentNullException.ThrowIfNull(request);
        _pings.Handle(request, now, ref sink);
        Drain(now, ref sink);
    }

    /// <summary>Nobody waits for a ping any more; what comes of it is dropped.</summary>
    /// <param name="token">As in its request.</param>
    /// <param name="now">Now.</param>
    /// <param name="sink">Output.</param>
    public void HandlePingGone<TSink>(long token, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct
    {
        _pings.HandleGone(token);
        Drain(now, ref sink);
    }
}
