using MixMq.Sphinx;

namespace MixMq.Endpoint.Paths.Anonymity;

/// <summary>A relay without which some pairs have no path.</summary>
/// <param name="Relay">Which.</param>
/// <param name="Pairs">How many of the examined pairs have a path now and would have none without it.</param>
public sealed record RelayLoss(NodeAddress Relay, int Pairs);
