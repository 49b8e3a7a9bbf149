namespace MixMq.Overlay.Map;

/// <summary>Why a text isn't a legal name that the map takes.</summary>
public enum LegalNameError
{
    /// <summary>It is one.</summary>
    None = 0,

    /// <summary>There is nothing in it.</summary>
    Empty,

    /// <summary>Longer than <see cref="MapLimits.MaxNameBytes"/>, or of more attributes than <see cref="MapLimits.MaxNameAttributes"/>.</summary>
    TooLong,

    /// <summary>An attribute without type, equals sign or value, or a separator with nothing beside it.</summary>
    Malformed,

    /// <summary>A type that isn't among those that names of institutions are made of.</summary>
    UnknownAttribute,

    /// <summary>Two attributes of one type at one level.</summary>
    RepeatedAttribute,

    /// <summary>A character that must be escaped and isn't, an escape of something else, or quotation marks around a value.</summary>
    InvalidEscape,

    /// <summary>A value in hexadecimal that isn't the encoding of a string.</summary>
    InvalidHexValue,

    /// <summary>Not UTF-8, or a character that could be written in another way, isn't seen, or is of a script that names can't have yet.</summary>
    InvalidCharacter,
}
