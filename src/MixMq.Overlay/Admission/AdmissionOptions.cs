using System.Collections.Immutable;

namespace MixMq.Overlay.Admission;

/// <summary>What a node of a network with authorities starts from. Immutable.</summary>
public sealed record AdmissionOptions
{
    /// <summary>The parameters that the operator trusts; whoever makes these options has verified their signatures.</summary>
    public required SignedParameters Parameters { get; init; }

    /// <summary>What the core asked to be stored last, as it was: it is believed without being verified again.</summary>
    public ImmutableArray<AuthorityStatement> Stored { get; init; } = [];

    /// <summary>The node's own admission; null: none yet.</summary>
    public AdmissionCertificate? Certificate { get; init; }
}
