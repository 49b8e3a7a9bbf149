namespace MixMq.Overlay.Map;

/// <summary>Whether a legal name stands for one address.</summary>
public enum MapLookupOutcome
{
    /// <summary>It does.</summary>
    Found = 0,

    /// <summary>The map has no entry of that name, or one without addresses.</summary>
    Unknown,

    /// <summary>The entry has several addresses: the sender must say which.</summary>
    SeveralAddresses,

    /// <summary>The authorities have signed two different entries of one number: neither is used.</summary>
    Contradicted,

    /// <summary>Each of its addresses was revoked.</summary>
    Revoked,

    /// <summary>The network has no authorities, as far as this node was told, and so no map.</summary>
    NoMap,
}
