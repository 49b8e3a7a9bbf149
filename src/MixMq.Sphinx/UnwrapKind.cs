namespace MixMq.Sphinx;

/// <summary>What an unwrapped packet is to this node.</summary>
public enum UnwrapKind
{
    /// <summary>Nothing: it is dropped, see the reason.</summary>
    Dropped = 0,

    /// <summary>To be held and sent on.</summary>
    Relay,

    /// <summary>A message for this node.</summary>
    Deliver,

    /// <summary>An answer to a SURB that this node made.</summary>
    Reply,

    /// <summary>Cover traffic that ends here.</summary>
    Cover,
}
