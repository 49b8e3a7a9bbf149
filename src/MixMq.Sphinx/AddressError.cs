namespace MixMq.Sphinx;

/// <summary>Why a text is no address; <see cref="AddressErrorExtensions.Describe"/> says it in a sentence.</summary>
public enum AddressError
{
    /// <summary>Nothing is wrong.</summary>
    None = 0,

    /// <summary>There is no text.</summary>
    Empty,

    /// <summary>It doesn't begin with <c>mix1</c>.</summary>
    WrongPrefix,

    /// <summary>It doesn't have 62 characters.</summary>
    WrongLength,

    /// <summary>It has upper-case and lower-case letters.</summary>
    MixedCase,

    /// <summary>It has a character that no address has.</summary>
    InvalidCharacter,

    /// <summary>Its checksum is wrong: it is mistyped.</summary>
    ChecksumMismatch,

    /// <summary>The checksum is right, but the text doesn't encode exactly 32 bytes.</summary>
    InvalidPadding,

    /// <summary>The 32 bytes are no public key that a node could have.</summary>
    NotAKey,
}
