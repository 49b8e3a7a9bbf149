namespace MixMq.Overlay.Admission;

/// <summary>What authorities sign; the second byte of each.</summary>
public enum StatementKind
{
    /// <summary>The network's parameters.</summary>
    Parameters = 1,

    /// <summary>The addresses whose admission was ended.</summary>
    Revocations = 2,

    /// <summary>A node's admission.</summary>
    Certificate = 3,
}
