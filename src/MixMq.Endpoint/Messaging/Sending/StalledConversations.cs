using MixMq.Overlay;

namespace MixMq.Endpoint.Messaging.Sending;

/// <summary>
/// Where memory is scarce, finds the conversations in which nothing is acknowledged, for whatever reason: no path, an outage, a recipient that refuses. They keep a few messages each and the others
/// go back to the store, so that those that get on are sent as fast as if they were alone. One acknowledgement ends it.
/// </summary>
internal sealed class StalledConversations(OutboundDirectory directory, WaitingMessages waiting, Transmitter transmitter)
{
    private const long LookMicros = 2 * Moment.MicrosPerSecond;
    private const long LeastMicros = 5 * Moment.MicrosPerSecond;
    private const int Timeouts = 2;
    private long _next = long.MinValue;

    public long NextDeadline => directory.IsScarce ? _next : Moment.Never;

    public void Advance(Moment now)
    {
        if (!directory.IsScarce || now.Micros < _next)
        {
            return;
        }

        _next = now.Micros + LookMicros;
        foreach (var correspondent in directory.Correspondents)
        {
            var since = now.Micros - Math.Max(LeastMicros, (long)(Timeouts * correspondent.RoundTrip.Timeout * Moment.MicrosPerMilli));
            foreach (var conversation in correspondent.Conversations.Values)
            {
                if (conversation.Held > 0 && conversation.ProgressMicros < since)
                {
                    directory.OnStalled(conversation);
                    if (waiting.GiveBack(conversation))
                    {
                        transmitter.MarkReady(conversation);
                    }
                }
            }
        }
    }
}
