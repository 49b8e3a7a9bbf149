namespace MixMq.Simulation.Anonymity;

/// <summary>Paths between pairs of nodes, gone through one by one.</summary>
/// <param name="Entropy">Of the path drawn for a pair, in bits, by ascending pair; null: there are too many paths to count.</param>
/// <param name="SimpleShare">Of walks that don't turn back, how many never come to a node twice.</param>
/// <param name="SamplerFit">Of what the shipping sampler draws to the paths' odds; null: there are too many paths of one pair.</param>
public sealed record PathFigures(Summary? Entropy, double SimpleShare, double? SamplerFit);
