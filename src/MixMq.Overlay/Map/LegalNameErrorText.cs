namespace MixMq.Overlay.Map;

/// <summary>What is wrong with a legal name, in words for whoever typed it.</summary>
public static class LegalNameErrorText
{
    /// <summary>A sentence.</summary>
    /// <param name="error">Any but <see cref="LegalNameError.None"/>.</param>
    /// <returns>With a full stop.</returns>
    public static string Describe(this LegalNameError error) => error switch
    {
        LegalNameError.Empty => "The legal name is empty.",
        LegalNameError.TooLong => $"The legal name has more than {MapLimits.MaxNameBytes} bytes or {MapLimits.MaxNameAttributes} attributes.",
        LegalNameError.Malformed => "A legal name is a row of attributes like CN=Bank A,O=Bank A plc,C=GB; here a type, a value or an equals sign is missing.",
        LegalNameError.UnknownAttribute => $"A legal name has attributes of the types {string.Join(", ", LegalNameAttributes.Keywords)}; this one has another.",
        LegalNameError.RepeatedAttribute => "Of attributes joined by + each has a type of its own.",
        LegalNameError.InvalidEscape => "In a value of a legal name, \" + , ; < > and \\ stand behind a backslash, and a # or a space at its beginning too; quotation marks around it aren't taken.",
        LegalNameError.InvalidHexValue => "A value behind # is the hexadecimal encoding of a string; this one isn't.",
        LegalNameError.InvalidCharacter => "The legal name has a character that can't stand in one: invisible, a variant of another, a letter in pieces, or of a script that isn't known here.",
        _ => throw new ArgumentOutOfRangeException(nameof(error), error, "Not an error."),
    };
}
