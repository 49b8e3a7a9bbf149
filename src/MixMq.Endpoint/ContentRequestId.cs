namespace MixMq.Endpoint;

/// <summary>Names one request of the core's for content from the store; given by the core, never reused.</summary>
/// <param name="Value">From 1.</param>
public readonly record struct ContentRequestId(long Value);
