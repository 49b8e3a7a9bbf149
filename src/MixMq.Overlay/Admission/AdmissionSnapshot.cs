using System.Collections.Immutable;
using MixMq.Overlay.Map;

namespace MixMq.Overlay.Admission;

/// <summary>What can be shown of how the network is governed. Immutable.</summary>
public sealed record AdmissionSnapshot
{
    /// <summary>The number of the parameters in force.</summary>
    public required ulong Number { get; init; }

    /// <summary>The parameters in force.</summary>
    public required NetworkParameters Network { get; init; }

    /// <summary>The statement that they stand in, which says who the authorities are.</summary>
    public required SignedParameters InForce { get; init; }

    /// <summary>Whether only admitted nodes belong to the network.</summary>
    public required bool RequiresAdmission { get; init; }

    /// <summary>The parameters that come next; null: none are known.</summary>
    public SignedParameters? Next { get; init; }

    /// <summary>The revocation list; null: none is known.</summary>
    public RevokedAddresses? Revocations { get; init; }

    /// <summary>Entries of the network map that are held.</summary>
    public int MapEntries { get; init; }

    /// <summary>Addresses of which a successor statement is held.</summary>
    public int Successions { get; init; }

    /// <summary>The statement in use by which another key has taken the place of the node's own address; null: there is none. What an operator is told then says <see cref="Map.ReplacedAddress"/>.</summary>
    public Succession? Replacement { get; init; }

    /// <summary>The node's own certificate; null: it has none.</summary>
    public AdmissionCertificate? Certificate { get; init; }

    /// <summary>Whether the node itself belongs to the network: admission isn't required, or it has a certificate that counts now.</summary>
    public required bool IsAdmitted { get; init; }

    /// <summary>What else an operator should see to: one sentence each.</summary>
    public required ImmutableArray<string> Warnings { get; init; }
}
