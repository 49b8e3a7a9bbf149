using MixMq.Endpoint.Messaging.Sending;

namespace MixMq.Endpoint.Messaging.Consuming;

/// <summary>A checkpoint under way.</summary>
internal sealed class PendingCheckpoint(CheckpointRequest request)
{
    public CheckpointRequest Request { get; } = request;

    /// <summary>What it consumes.</summary>
    public List<Head> Heads { get; } = [];

    /// <summary>What it sends.</summary>
    public List<OutboundMessage> Messages { get; } = [];

    /// <summary>Nothing refuses it any more, unless the node ends: it is being signed or stored.</summary>
    public bool IsBeingMade { get; set; }

    /// <summary>Tokens of repeats that wait for it.</summary>
    public List<long> Repeats { get; } = [];
}
