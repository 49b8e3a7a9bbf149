namespace MixMq.Overlay;

/// <summary>
/// Names one request of a core to its shell for a public-key operation. The core counts up; the shell repeats it with the answer. Every
/// request is answered exactly once, in any order; an answer that comes after the core lost interest is ignored.
/// </summary>
/// <param name="Value">Any number; equal only for the same request of the same core.</param>
public readonly record struct RequestId(long Value);
