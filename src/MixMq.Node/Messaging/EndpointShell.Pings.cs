using MixMq.Endpoint.Pings;

namespace MixMq.Node.Messaging;

/// <content>Pings that callers wait for: as many as the core lets be under way, and those it hasn't heard of yet.</content>
internal sealed partial class EndpointShell
{
    private readonly Dictionary<long, PingCall> _pings = [];

    public void PingSent(long token, int relays)
    {
        if (_pings.TryGetValue(token, out PingCall? call))
        {
            call.OnSent(relays);
        }
    }

    public void PingCompleted(long token, in PingOutcome outcome)
    {
        if (_pings.Remove(token, out PingCall? call))
        {
            call.Complete(outcome);
        }
    }

    internal void Expect(PingCall call) => _pings.Add(call.Token, call);

    internal void Forget(long token) => _pings.Remove(token);

    private void AbandonPings()
    {
        foreach (PingCall call in _pings.Values)
        {
            call.Complete(new PingOutcome(PingResult.Stopping));
        }

        _pings.Clear();
    }
}
