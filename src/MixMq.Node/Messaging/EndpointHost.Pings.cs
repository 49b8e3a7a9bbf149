using MixMq.Endpoint;
using MixMq.Endpoint.Pings;
using MixMq.Sphinx;

namespace MixMq.Node.Messaging;

/// <content>Pings. Callable from any thread.</content>
internal sealed partial class EndpointHost
{
    /// <summary>Asks whether an endpoint answers. Whoever waits no longer says so by <see cref="ForgetPing"/>.</summary>
    internal PingCall Ping(NodeAddress to, int timeoutMillis)
    {
        var call = new PingCall(Interlocked.Increment(ref _token));
        if (!_inbox.Post(new EndpointInput.Ping(new PingRequest(call.Token, to, timeoutMillis), call)))
        {
            call.Complete(new PingOutcome(PingResult.Stopping));
        }

        return call;
    }

    /// <summary>Nobody waits for a ping any more.</summary>
    internal void ForgetPing(PingCall call) => _inbox.Post(new EndpointInput.PingGone(call.Token));

    private void HandlePings(EndpointInput input, EndpointCore core, ref EndpointShell shell)
    {
        switch (input)
        {
            case EndpointInput.Ping ping:
                shell.Expect(ping.Call);
                core.HandlePing(ping.Request, Now(), ref shell);
                break;
            case EndpointInput.PingGone gone:
                shell.Forget(gone.Token);
                core.HandlePingGone(gone.Token, Now(), ref shell);
                break;
            default: throw new System.Diagnostics.UnreachableException();
        }
    }
}
