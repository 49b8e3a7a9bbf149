namespace MixMq.Overlay.Admission;

/// <summary>Why bytes aren't a statement. What isn't in canonical form is refused, so a statement has exactly one encoding.</summary>
public enum StatementError
{
    /// <summary>They are.</summary>
    None = 0,

    /// <summary>Longer than <see cref="AdmissionLimits.MaxStatementBytes"/>.</summary>
    TooLong,

    /// <summary>They end before the statement does.</summary>
    Truncated,

    /// <summary>Bytes are left after the last signature.</summary>
    TrailingBytes,

    /// <summary>A version other than 1.</summary>
    UnknownVersion,

    /// <summary>A kind that this version doesn't know.</summary>
    UnknownKind,

    /// <summary>The number is zero or above <see cref="AdmissionLimits.MaxNumber"/>.</summary>
    InvalidNumber,

    /// <summary>A time is out of range.</summary>
    InvalidTimes,

    /// <summary>Unknown flag bits, or a certificate without a role.</summary>
    InvalidFlags,

    /// <summary>A name is empty, isn't UTF-8, or has control characters.</summary>
    InvalidText,

    /// <summary>The parameters contradict each other: see <see cref="NetworkParameters.TryCreate"/>.</summary>
    InvalidParameters,

    /// <summary>No authority, too many, not strictly ascending, or a threshold that is zero or more than there are.</summary>
    InvalidAuthorities,

    /// <summary>Too many revoked addresses, or not strictly ascending.</summary>
    InvalidRevocations,

    /// <summary>Too many signatures, or their keys aren't strictly ascending.</summary>
    InvalidSignatures,
}
