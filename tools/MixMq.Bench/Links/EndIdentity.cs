namespace MixMq.Bench.Links;

/// <summary>What a float must know of a peer: its address, and the pin of its certificate's key.</summary>
internal readonly record struct EndIdentity(string Address, string Pin);
