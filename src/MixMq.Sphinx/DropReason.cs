namespace MixMq.Sphinx;

/// <summary>Why a packet was dropped. Counted, never answered, never logged with packet bytes.</summary>
public enum DropReason
{
    /// <summary>It wasn't.</summary>
    None = 0,

    /// <summary>It hasn't the network's packet size.</summary>
    WrongLength,

    /// <summary>Its first byte isn't a version that this node speaks.</summary>
    WrongVersion,

    /// <summary>Alpha isn't below 2^255 − 19.</summary>
    AlphaNotCanonical,

    /// <summary>The shared secret is all zero: alpha is of small order.</summary>
    SharedSecretZero,

    /// <summary>All keys it could be for are destroyed, or there are none.</summary>
    KeyDestroyed,

    /// <summary>The AEAD opens under none of the keys: changed on the way, for another node, epoch or network, or noise.</summary>
    AuthenticationFailed,

    /// <summary>It was here before.</summary>
    Replayed,

    /// <summary>The replay filter has no room: more packets than the enforced rate allows.</summary>
    ReplayFilterFull,

    /// <summary>The slot's command is none of the four.</summary>
    UnknownCommand,

    /// <summary>A field that must be zero isn't.</summary>
    NonZeroReserved,

    /// <summary>The slot asks for a longer delay than the network allows.</summary>
    DelayAboveCap,

    /// <summary>The message is said to be longer than its lane.</summary>
    LengthTooLarge,

    /// <summary>A byte after the message isn't zero.</summary>
    PaddingNotZero,
}
