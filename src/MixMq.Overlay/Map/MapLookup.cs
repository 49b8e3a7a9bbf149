using System.Collections.Immutable;
using MixMq.Sphinx;

namespace MixMq.Overlay.Map;

/// <summary>What the map says of a name.</summary>
/// <param name="Outcome">Whether there is one address to send to.</param>
/// <param name="Addresses">The entry's, ascending: one where it is found, several where it is ambiguous.</param>
/// <param name="Others">Names that whoever asked may have meant, at most <see cref="NetworkMapView.MostOthers"/>, where it isn't found.</param>
public sealed record MapLookup(MapLookupOutcome Outcome, ImmutableArray<NodeAddress> Addresses, ImmutableArray<LegalName> Others);
