namespace MixMq.Transport.Invites;

/// <summary>Why a text is no invite that can be accepted. Closed; in the order in which it is looked at.</summary>
public enum InviteError
{
    /// <summary>It can be.</summary>
    None,

    /// <summary>There is no invite in the text: no line that begins one, or none that ends it.</summary>
    NotFound,

    /// <summary>It is longer than any invite.</summary>
    TooLong,

    /// <summary>What stands between the two lines isn't base64.</summary>
    NotBase64,

    /// <summary>Its checksum is wrong: it was not copied whole, or changed on the way.</summary>
    Damaged,

    /// <summary>It is of a version that isn't known here.</summary>
    UnknownVersion,

    /// <summary>Something in it isn't as the specification says.</summary>
    Malformed,

    /// <summary>Its signature isn't by the node that it names.</summary>
    BadSignature,

    /// <summary>Its time is over.</summary>
    Expired,

    /// <summary>It is from the future: one of the two clocks is wrong.</summary>
    FromTheFuture,

    /// <summary>It is for another network.</summary>
    OtherNetwork,

    /// <summary>It is the node's own.</summary>
    Own,
}
