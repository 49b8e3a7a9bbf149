using MixMq.Crypto;
using MixMq.Overlay.Links;
using MixMq.Sphinx;

namespace MixMq.Overlay.Admission;

/// <summary>Limits of statements and of their gossip. Peers must agree on the sizes; the paces are a node's own.</summary>
public static class AdmissionLimits
{
    /// <summary>The longest statement, signatures included.</summary>
    public const int MaxStatementBytes = 16_384;

    /// <summary>The most authorities of a network.</summary>
    public const int MaxAuthorities = 16;

    /// <summary>The most signatures of a statement: at a change of authorities the old and the new ones sign.</summary>
    public const int MaxSignatures = 2 * MaxAuthorities;

    /// <summary>A signature with the key that made it.</summary>
    public const int SignatureBytes = NodeAddress.ByteLength + Ed25519.SignatureBytes;

    /// <summary>The longest name of an institution, in bytes of UTF-8.</summary>
    public const int MaxInstitutionBytes = 255;

    /// <summary>The longest admission certificate: version, kind, address, roles, time, institution, signatures.</summary>
    public const int MaxCertificateBytes = 2 + NodeAddress.ByteLength + 2 + 8 + 1 + MaxInstitutionBytes + 1 + (MaxSignatures * SignatureBytes);

    /// <summary>The most addresses that are revoked at one time.</summary>
    public const int MaxRevocations = 256;

    /// <summary>The greatest number of parameters or a revocation list.</summary>
    public const ulong MaxNumber = long.MaxValue;

    /// <summary>Statements announced in one message.</summary>
    internal const int MaxAnnounced = 8;

    /// <summary>An announced statement: <c>kind u8 | number u64 | hash[32]</c>.</summary>
    internal const int AnnouncementBytes = 1 + 8 + 32;

    /// <summary>After so long without an answer a statement may be asked of another neighbour.</summary>
    internal const long PullTimeoutMicros = 3 * Moment.MicrosPerSecond;

    /// <summary>After so long a neighbour that didn't answer may be asked again, and a statement that couldn't be judged is looked at again.</summary>
    internal const long PullPenaltyMicros = 5 * Moment.MicrosPerSecond;

    /// <summary>Pulls of a neighbour that are answered at once.</summary>
    internal const int PullBurst = 16;

    /// <summary>The time in which a neighbour earns one more.</summary>
    internal const long PullIntervalMicros = Moment.MicrosPerSecond;

    /// <summary>Between times that a neighbour is told again because it has announced less than is held.</summary>
    internal const long RetellMicros = 10 * Moment.MicrosPerSecond;

    /// <summary>
    /// How long a link may be up before an admitted record of the neighbour is held: longer than any damping, in which the neighbour tells nothing. Were it shorter, who closes the link for that
    /// would be damped for longer the next time, and never come back.
    /// </summary>
    internal const long ProbationMicros = LinkTuning.LongestDampingMicros + (30 * Moment.MicrosPerSecond);

    /// <summary>How long it may be up at least, so that newer parameters that would admit the neighbour can come first.</summary>
    internal const long ShortProbationMicros = 3 * Moment.MicrosPerSecond;

    /// <summary>Between looks at who the neighbours are.</summary>
    internal const long CheckMicros = Moment.MicrosPerSecond;
}
