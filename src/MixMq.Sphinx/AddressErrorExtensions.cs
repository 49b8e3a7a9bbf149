namespace MixMq.Sphinx;

/// <summary>Sentences for <see cref="AddressError"/>.</summary>
public static class AddressErrorExtensions
{
    /// <summary>A sentence that tells whoever typed the address what is wrong with it.</summary>
    /// <param name="error">The error.</param>
    /// <returns>An English sentence without the address in it.</returns>
    public static string Describe(this AddressError error) => error switch
    {
        AddressError.None => "The address is valid.",
        AddressError.Empty => "The address is empty.",
        AddressError.WrongPrefix => "An address begins with 'mix1'; this is something else.",
        AddressError.WrongLength => $"An address has {NodeAddress.TextLength} characters; some are missing, or there are too many.",
        AddressError.MixedCase => "The address mixes upper-case and lower-case letters; it is all lower case, or all upper case.",
        AddressError.InvalidCharacter => "The address has a character that never occurs in one ('b', 'i', 'o' and '1' don't after 'mix1').",
        AddressError.ChecksumMismatch => "The address is mistyped: its checksum doesn't match.",
        AddressError.InvalidPadding => "The address was not made by MixMq: its checksum matches, but it doesn't hold exactly 32 bytes.",
        AddressError.NotAKey => "The address is not the public key of any node, although its checksum matches.",
        _ => throw new ArgumentOutOfRangeException(nameof(error), error, "Not an address error."),
    };
}
