namespace MixMq.Bench.Links;

/// <summary>What a peer must know of the float that it dials on 127.0.0.1.</summary>
internal readonly record struct FloatTarget(string Address, string Pin, int Port);
