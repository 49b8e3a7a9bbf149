namespace MixMq.Overlay;

/// <summary>
/// Names one TCP connection between the shell and the core. The shell counts up; a value is never used again while the process lives.
/// </summary>
/// <param name="Value">Any number; equal only for the same connection.</param>
public readonly record struct ConnectionId(long Value);
