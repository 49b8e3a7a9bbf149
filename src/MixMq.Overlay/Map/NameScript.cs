namespace MixMq.Overlay.Map;

/// <summary>The scripts that legal names may be written in: those that Unicode recommends for identifiers (UAX 31, table 5), Tibetan apart.</summary>
internal enum NameScript : byte
{
    /// <summary>None of these.</summary>
    None = 0,

    /// <summary>Of no script of its own.</summary>
    Common,
    Latin,
    Greek,
    Cyrillic,
    Armenian,
    Hebrew,
    Arabic,
    Thaana,
    Devanagari,
    Bengali,
    Gurmukhi,
    Gujarati,
    Oriya,
    Tamil,
    Telugu,
    Kannada,
    Malayalam,
    Sinhala,
    Thai,
    Lao,
    Myanmar,
    Georgian,
    Ethiopic,
    Khmer,
    Han,
    Hiragana,
    Katakana,
    Bopomofo,
    Hangul,
}
