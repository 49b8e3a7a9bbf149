using MixMq.Crypto;
using MixMq.Endpoint.Messaging.Sending;
using MixMq.Overlay;

namespace MixMq.Endpoint.Messaging.Anonymous;

/// <summary>
/// Timeouts of what is anonymous. They are made of nothing that an operator has set and begin anew for each message: a recipient that answers one late would know by the times of
/// the next that it is the same sender's, or by a setting.
/// </summary>
internal static class AnonymousTiming
{
    /// <summary>What a message begins with.</summary>
    public static RoundTrip NewRoundTrip(EndpointOptions options) => new(FirstTimeout(options), Floor(options));

    /// <summary>There over L links, back over L, and the recipient's own node holds what it sends as a relay does. Milliseconds.</summary>
    public static double FirstTimeout(EndpointOptions options) =>
        (2 * MixingDelay.Percentile(options.Network.PathLinks + 1) * AnonymousConstants.MeanDelayMs) + AnonymousLimits.TimeoutSlackMs;

    /// <summary>A time from 0.75 to 1.25 of so many milliseconds, in microseconds.</summary>
    public static long Jittered(IRandomSource random, double millis) => ToMicros(millis * (0.75 + (0.5 * random.NextDouble())));

    /// <summary>
    /// How long what has no path waits before it looks for one again, microseconds: exponential, so that the times at which messages go on after an outage are no more alike than those of several senders.
    /// </summary>
    public static long WaitForPath(MessagingContext context) =>
        ToMicros(context.Random.NextExponential(Math.Max(1, context.Options.AnonymousStartMs)));

    /// <summary>How long what becomes durable, or is loaded, together with other messages waits before it leaves, microseconds: exponential as well, so that it isn't known by when those leave.</summary>
    public static long WaitApart(MessagingContext context) => WaitForPath(context);

    public static long ToMicros(double millis) => Math.Max(1, (long)(millis * Moment.MicrosPerMilli));

    private static double Floor(EndpointOptions options) =>
        (MixingDelay.Percentile((2 * options.Network.PathLinks) - 1) * AnonymousConstants.MeanDelayMs) + AnonymousLimits.TimeoutSlackMs;
}
