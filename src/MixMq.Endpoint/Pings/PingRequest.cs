using MixMq.Sphinx;

namespace MixMq.Endpoint.Pings;

/// <summary>An operator's wish to know whether another endpoint answers.</summary>
/// <param name="Token">The shell's own number for it; comes back in <see cref="IEndpointSink.PingSent"/> and <see cref="IEndpointSink.PingCompleted"/>.</param>
/// <param name="To">Who is asked.</param>
/// <param name="TimeoutMillis">How long an answer is waited for: <see cref="PingLimits.LeastTimeoutMs"/> to <see cref="PingLimits.MostTimeoutMs"/>; what is outside is taken as the nearer of both.</param>
public sealed record PingRequest(long Token, NodeAddress To, int TimeoutMillis);
