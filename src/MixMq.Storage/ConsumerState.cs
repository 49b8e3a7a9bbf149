using MixMq.Endpoint.Messaging;

namespace MixMq.Storage;

/// <summary>What a consumer left at its last checkpoint.</summary>
/// <param name="Checkpoint">Which one it was.</param>
/// <param name="State">The application's own state; empty if it never gave one.</param>
/// <param name="UpdatedUnixMillis">When.</param>
public sealed record ConsumerState(CheckpointId Checkpoint, ReadOnlyMemory<byte> State, long UpdatedUnixMillis);
