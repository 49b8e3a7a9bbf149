using MixMq.Transport.Tls;

namespace MixMq.Transport.Configuration;

/// <summary>What a peer's section <c>trust</c> takes from the whole configuration.</summary>
/// <param name="Mode">Setting <c>tls:revocation</c>.</param>
/// <param name="Handed">Where the lists will be that the inside hands over.</param>
internal sealed record RevocationDefaults(RevocationMode Mode, RevocationSet Handed);
