using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace MixMq.Overlay.Map;

/// <summary>
/// Names that look like others. Scripts may stand together as UTS 39 ("highly restrictive") has it; whatever else is mixed, or is of another
/// script and reads as Latin throughout, is shown by its code points.
/// </summary>
internal static class LookAlikes
{
    private const string East = "East Asian";

    // The characters beside each with the look of a Latin letter or sign (UTS 39, confusables): of the scripts in which whole words can be made of such.
    private static readonly FrozenDictionary<int, char> Latin = Table(
        ('A', [0x410, 0x391, 0x386]), ('B', [0x412, 0x392]), ('C', [0x421]), ('E', [0x415, 0x395, 0x388, 0x400, 0x401]), ('G', [0x50C]),
        ('H', [0x41D, 0x397, 0x389]), ('I', [0x406, 0x407, 0x4C0, 0x399, 0x38A]), ('J', [0x408]), ('K', [0x41A, 0x39A]), ('M', [0x41C, 0x39C]), ('N', [0x39D]),
        ('O', [0x41E, 0x39F, 0x38C, 0x555]), ('P', [0x420, 0x3A1]), ('Q', [0x51A]), ('S', [0x405, 0x54F]), ('T', [0x422, 0x3A4]), ('U', [0x54D]), ('W', [0x51C]),
        ('X', [0x425, 0x3A7]), ('Y', [0x423, 0x4AE, 0x3A5, 0x38E]), ('Z', [0x396]), ('L', [0x53C]),
        ('a', [0x430, 0x3B1, 0x3AC]), ('b', [0x432, 0x44C]), ('c', [0x441]), ('d', [0x501]), ('e', [0x435, 0x450, 0x451, 0x3B5, 0x3AD]), ('f', [0x493]),
        ('g', [0x581]), ('h', [0x43D, 0x4BB, 0x570]), ('i', [0x456, 0x457, 0x3B9, 0x3AF, 0x131]), ('j', [0x458, 0x575]), ('k', [0x43A, 0x49B, 0x3BA]),
        ('l', [0x4CF, 0x661, 0x6F1, 0x627, 0x5D5, 0x5DF]), ('m', [0x43C]), ('n', [0x43F, 0x3B7, 0x3AE, 0x578, 0x57C]),
        ('o', [0x43E, 0x3BF, 0x3CC, 0x3C3, 0x585, 0x5E1, 0x665, 0x6F5, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xE50, 0xED0, 0x1040, 0x3007]),
        ('p', [0x440, 0x3C1, 0x584]), ('q', [0x51B, 0x566, 0x563]), ('r', [0x433, 0x491]), ('s', [0x455]), ('t', [0x442, 0x3C4]), ('u', [0x57D, 0x3C5, 0x3CD]),
        ('v', [0x475, 0x3BD]), ('w', [0x461, 0x51D, 0x3C9, 0x561]), ('x', [0x445, 0x3C7, 0x4B3]), ('y', [0x443, 0x4AF, 0x3B3, 0x10FF]),
        ('\'', [0x2018, 0x2019, 0x201B]), ('-', [0x2012, 0x2013, 0x2014, 0x2015]));

    // Within Latin: what is told apart by a stroke, or not at all.
    private static readonly FrozenDictionary<int, char> Close = Table(('l', ['I', '1', '|', 0x142]), ('L', [0x141]), ('O', ['0', 0xD8]), ('o', [0xF8]), ('D', [0x110, 0xD0]), ('S', ['5']));

    /// <summary>A value as it is fit to be shown: unchanged, or with what isn't ASCII by code points.</summary>
    public static string Show(string value)
    {
        var scripts = new HashSet<NameScript>();
        var (letters, alike) = (0, 0);
        foreach (var rune in value.EnumerateRunes())
        {
            var script = NameCharacters.ScriptOfLetter(rune);
            if (script != NameScript.Common)
            {
                scripts.Add(script);
                letters++;
                alike += script != NameScript.Latin && Latin.ContainsKey(rune.Value) ? 1 : 0;
            }
        }

        if (scripts.Select(Together).Distinct().Count() <= 1 || AreEastAsianWithLatin(scripts))
        {
            if (alike < letters || letters == 0)
            {
                return value;
            }
        }

        var shown = new StringBuilder(value.Length * 2);
        foreach (var rune in value.EnumerateRunes())
        {
            _ = rune.IsAscii ? shown.Append(rune) : shown.Append(CultureInfo.InvariantCulture, $"\\u{{{rune.Value:x}}}");
        }

        return shown.ToString();
    }

    /// <summary>The same for texts with the same look.</summary>
    public static string Skeleton(string text)
    {
        var skeleton = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            var look = Latin.TryGetValue(rune.Value, out var letter) ? letter : rune.Value;
            NameCharacters.AppendFolded(skeleton, Close.TryGetValue(look, out var close) ? new Rune(close) : new Rune(look));
        }

        return skeleton.Replace("rn", "m").Replace("vv", "w").ToString();
    }

    private static string Together(NameScript script) => script is NameScript.Han or NameScript.Hiragana or NameScript.Katakana or NameScript.Bopomofo or NameScript.Hangul
        ? East
        : script.ToString();

    private static bool AreEastAsianWithLatin(HashSet<NameScript> scripts) => scripts.All(script => script == NameScript.Latin || Together(script) == East);

    private static FrozenDictionary<int, char> Table(params ReadOnlySpan<(char Look, int[] Characters)> looks)
    {
        var all = new Dictionary<int, char>();
        foreach (var (look, characters) in looks)
        {
            foreach (var character in characters)
            {
                all.Add(character, look);
            }
        }

        return all.ToFrozenDictionary();
    }
}
