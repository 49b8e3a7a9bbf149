using System.Globalization;
using System.Text;

namespace MixMq.Overlay.Map;

/// <summary>
/// The characters of legal names, and how they compare. What Unicode's normalization (form KC, as RFC 4518 wants it) would change isn't taken,
/// so that nothing has to be normalized: tables for that aren't in every build of the runtime, and two versions of them could disagree about a
/// name. Where .NET knows a property of a character (category, simple case), it is asked, of characters that Unicode 14.0 had; the scripts' ranges are ours.
/// </summary>
internal static class NameCharacters
{
    // Within the ranges below: what form KC changes, kana marks, which it joins to most kana before them, and two Khmer vowels that nobody sees.
    private static readonly HashSet<int> Changed =
    [
        0xAA, 0xB5, 0xBA, 0x132, 0x133, 0x13F, 0x140, 0x149, 0x17F, 0x1C4, 0x1C5, 0x1C6, 0x1C7, 0x1C8, 0x1C9, 0x1CA, 0x1CB, 0x1CC, 0x1F1, 0x1F2, 0x1F3, 0x1E9A, 0x1E9B,
        0x374, 0x37A, 0x37E, 0x387, 0x3D0, 0x3D1, 0x3D2, 0x3D3, 0x3D4, 0x3D5, 0x3D6, 0x3F0, 0x3F1, 0x3F2, 0x3F4, 0x3F5, 0x3F9, 0x587, 0x675, 0x676, 0x677, 0x678,
        0x958, 0x959, 0x95A, 0x95B, 0x95C, 0x95D, 0x95E, 0x95F, 0x9DC, 0x9DD, 0x9DF, 0xA33, 0xA36, 0xA59, 0xA5A, 0xA5B, 0xA5E, 0xB5C, 0xB5D, 0xE33, 0xEB3, 0xEDC, 0xEDD,
        0x10FC, 0x17B4, 0x17B5, 0x3099, 0x309A, 0x309F, 0x30FF,
    ];

    // A letter or mark and the mark after it that form KC makes one of.
    private static readonly HashSet<(int First, int Second)> Joined =
    [
        (0x627, 0x653), (0x627, 0x654), (0x648, 0x654), (0x64A, 0x654), (0x6C1, 0x654), (0x6D2, 0x654), (0x6D5, 0x654), (0x627, 0x655),
        (0x928, 0x93C), (0x930, 0x93C), (0x933, 0x93C), (0x9C7, 0x9BE), (0x9C7, 0x9D7), (0xB47, 0xB3E), (0xB47, 0xB56), (0xB47, 0xB57),
        (0xBC6, 0xBBE), (0xBC7, 0xBBE), (0xB92, 0xBD7), (0xBC6, 0xBD7), (0xC46, 0xC56), (0xCC6, 0xCC2), (0xCBF, 0xCD5), (0xCC6, 0xCD5), (0xCCA, 0xCD5), (0xCC6, 0xCD6),
        (0xD46, 0xD3E), (0xD47, 0xD3E), (0xD46, 0xD57), (0xDD9, 0xDCA), (0xDDC, 0xDCA), (0xDD9, 0xDCF), (0xDD9, 0xDDF), (0x1025, 0x102E),
    ];

    private static readonly (int First, int Last, NameScript Script)[] Ranges =
    [
        (0x20, 0x7E, NameScript.Latin), (0xA1, 0x24F, NameScript.Latin), (0x370, 0x3FF, NameScript.Greek), (0x400, 0x52F, NameScript.Cyrillic), (0x531, 0x58A, NameScript.Armenian),
        (0x591, 0x5F4, NameScript.Hebrew), (0x600, 0x6FF, NameScript.Arabic), (0x750, 0x77F, NameScript.Arabic), (0x780, 0x7B1, NameScript.Thaana), (0x900, 0x97F, NameScript.Devanagari),
        (0x980, 0x9FE, NameScript.Bengali), (0xA01, 0xA76, NameScript.Gurmukhi), (0xA81, 0xAFF, NameScript.Gujarati), (0xB01, 0xB77, NameScript.Oriya), (0xB82, 0xBFA, NameScript.Tamil),
        (0xC00, 0xC7F, NameScript.Telugu), (0xC80, 0xCF3, NameScript.Kannada), (0xD00, 0xD7F, NameScript.Malayalam), (0xD81, 0xDF4, NameScript.Sinhala), (0xE01, 0xE5B, NameScript.Thai),
        (0xE81, 0xEDF, NameScript.Lao), (0x1000, 0x109F, NameScript.Myanmar), (0x10D0, 0x10FF, NameScript.Georgian), (0x1200, 0x139F, NameScript.Ethiopic), (0x1780, 0x17FF, NameScript.Khmer),
        (0x1E00, 0x1EFF, NameScript.Latin), (0x2012, 0x2015, NameScript.Common), (0x2018, 0x201E, NameScript.Common), (0x3005, 0x3007, NameScript.Han), (0x3041, 0x309F, NameScript.Hiragana),
        (0x30A0, 0x30FF, NameScript.Katakana), (0x3105, 0x312F, NameScript.Bopomofo), (0x3400, 0x4DBF, NameScript.Han), (0x4E00, 0x9FFF, NameScript.Han), (0xAC00, 0xD7A3, NameScript.Hangul),
        (0x20000, 0x2A6DF, NameScript.Han),
    ];

    /// <summary>Whether a character may stand in a value.</summary>
    /// <param name="rune">Which.</param>
    /// <param name="before">What it stands behind: the last character that is no mark, and the marks since. Form KC joins a mark to that character, or to a mark, across others.</param>
    public static bool IsAllowed(Rune rune, IReadOnlyList<int> before)
    {
        if (rune.IsAscii)
        {
            return rune.Value is >= 0x20 and < 0x7F;
        }

        var script = ScriptOf(rune.Value);
        if (script == NameScript.None || Changed.Contains(rune.Value) || UnassignedCharacters.Contain(rune.Value) || before.Any(other => Joined.Contains((other, rune.Value))))
        {
            return false;
        }

        return Rune.GetUnicodeCategory(rune) switch
        {
            UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.OtherLetter or UnicodeCategory.ModifierLetter
                or UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber => true,

            // Letters of these scripts stand as one character each, with whatever is above or below them; elsewhere a mark follows its own script.
            UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark =>
                script is not (NameScript.Latin or NameScript.Greek or NameScript.Cyrillic) && before.Count > 0 && ScriptOf(before[^1]) == script,
            UnicodeCategory.OtherPunctuation or UnicodeCategory.DashPunctuation or UnicodeCategory.InitialQuotePunctuation or UnicodeCategory.FinalQuotePunctuation => true,
            _ => false,
        };
    }

    /// <summary>Whether it stands upon what is before it.</summary>
    public static bool IsMark(Rune rune) => Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark;

    /// <summary>Whether it belongs to a script: ASCII's digits and signs belong to none.</summary>
    public static NameScript ScriptOfLetter(Rune rune) => Rune.IsLetter(rune) || !rune.IsAscii ? ScriptOf(rune.Value) : NameScript.Common;

    /// <summary>Writes what a character is compared as: without case, as the full case folding of Unicode has it.</summary>
    public static void AppendFolded(StringBuilder text, Rune rune)
    {
        switch (rune.Value)
        {
            case 0xDF or 0x1E9E:
                text.Append("ss");
                break;
            case 0x130:
                text.Append("i\u0307");
                break;
            case 0x131:
                text.Append(rune);
                break;
            default:
                text.Append(Rune.ToLowerInvariant(Rune.ToUpperInvariant(rune)));
                break;
        }
    }

    private static NameScript ScriptOf(int value)
    {
        var (low, high) = (0, Ranges.Length - 1);
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            var (first, last, script) = Ranges[middle];
            if (value >= first && value <= last)
            {
                return script;
            }

            (low, high) = value < first ? (low, middle - 1) : (middle + 1, high);
        }

        return NameScript.None;
    }
}
