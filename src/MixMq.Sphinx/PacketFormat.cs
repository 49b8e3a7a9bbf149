namespace MixMq.Sphinx;

/// <summary>The constants of packet format version 1 that every node must share. Source: spec/03-sphinx.md, sections 3 to 5.</summary>
public static class PacketFormat
{
    /// <summary>The first byte of every packet and SURB.</summary>
    public const byte Version = 1;

    /// <summary>Where alpha starts; version and alpha are the associated data of the AEAD.</summary>
    public const int AlphaOffset = 1;

    /// <summary>Bytes of alpha.</summary>
    public const int AlphaBytes = 32;

    /// <summary>Where gamma starts.</summary>
    public const int GammaOffset = AlphaOffset + AlphaBytes;

    /// <summary>Bytes of gamma, an AEAD tag.</summary>
    public const int GammaBytes = 16;

    /// <summary>Where beta starts; beta and lane A are the text of the AEAD.</summary>
    public const int BetaOffset = GammaOffset + GammaBytes;

    /// <summary>Bytes of one routing slot, and of the header extension.</summary>
    public const int SlotBytes = 56;

    /// <summary>Bytes of the length before a message.</summary>
    public const int LengthBytes = 4;

    /// <summary>Bytes of the random value at the front of a reply's lane B.</summary>
    public const int ReplyNonceBytes = 24;

    /// <summary>Bytes of a replay tag.</summary>
    public const int ReplayTagBytes = 16;
}
