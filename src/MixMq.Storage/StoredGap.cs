using MixMq.Endpoint.Messaging;

namespace MixMq.Storage;

/// <summary>Places whose messages this node has lost.</summary>
/// <param name="Number">The report's number, from 1.</param>
/// <param name="Gap">Which places.</param>
public sealed record StoredGap(long Number, Gap Gap);
