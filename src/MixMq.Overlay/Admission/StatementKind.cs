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

    /// <summary>Where an institution is to be reached: an entry of the network map.</summary>
    MapEntry = 4,

    /// <summary>That an endpoint has another key: also signed by the keys themselves.</summary>
    Succession = 5,
}
