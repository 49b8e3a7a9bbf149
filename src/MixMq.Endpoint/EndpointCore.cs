using MixMq.Crypto;
using MixMq.Endpoint.Messaging;
using MixMq.Overlay;
using MixMq.Overlay.Topology;

namespace MixMq.Endpoint;

/// <summary>The pure core of an endpoint: outbox, inbox and what goes between them over the overlay.</summary>
public sealed class EndpointCore
{
    /// <summary>Builds the core from what its store holds.</summary>
    public EndpointCore(EndpointOptions options, IRandomSource random, EndpointState state)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(random);
        ArgumentNullException.ThrowIfNull(state);
    }

    /// <summary>When <see cref="Advance"/> must be called at the latest, <see cref="Moment.Micros"/>; <see cref="long.MaxValue"/>: no need.</summary>
    public long NextDeadline { get; private set; } = long.MaxValue;

    /// <summary>First call.</summary>
    public void Start<TSink>(Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct => NextDeadline = now.Micros;

    /// <summary>Time has passed.</summary>
    public void Advance<TSink>(Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct => NextDeadline = now.Micros;

    /// <summary>The topology is now this.</summary>
    public void HandleTopology<TSink>(TopologyView view, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct => NextDeadline = now.Micros;

    /// <summary>An application wants to send.</summary>
    public void HandleSubmit<TSink>(SubmitRequest request, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct => NextDeadline = now.Micros;

    /// <summary>The lane A message of a packet that was delivered here.</summary>
    public void HandleReceived<TSink>(ReadOnlySpan<byte> message, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct => NextDeadline = now.Micros;

    /// <summary>The batch is durable; called once for each, in order.</summary>
    public void HandleCommitted<TSink>(long batch, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct => NextDeadline = now.Micros;

    /// <summary>Answers <see cref="IEndpointSink.ReadOutboxContent"/> and <see cref="IEndpointSink.ReadPartial"/>.</summary>
    public void HandleContent<TSink>(ContentRequestId id, ReadOnlyMemory<byte> content, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct => NextDeadline = now.Micros;

    /// <summary>The store has no such content (any more).</summary>
    public void HandleContentMissing<TSink>(ContentRequestId id, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct => NextDeadline = now.Micros;

    /// <summary>Answers <see cref="IEndpointSink.RequestSign"/>.</summary>
    public void HandleSigned<TSink>(RequestId id, ReadOnlySpan<byte> signature, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct => NextDeadline = now.Micros;

    /// <summary>Answers <see cref="IEndpointSink.RequestVerify"/>.</summary>
    public void HandleVerified<TSink>(RequestId id, bool valid, Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct => NextDeadline = now.Micros;

    /// <summary>No more submissions are taken; what is accepted stays in the store for the next start.</summary>
    public void Stop<TSink>(Moment now, ref TSink sink)
        where TSink : IEndpointSink, allows ref struct => NextDeadline = now.Micros;
}
