namespace MixMq.Endpoint.Loops;

/// <summary>How a loop leaves its node (spec/09 §2).</summary>
public enum LoopKind
{
    /// <summary>A packet whose message says the loop's id; it is delivered to its sender.</summary>
    Forward = 0,

    /// <summary>A reply by a SURB that the node made for itself.</summary>
    Surb,
}
