using System.Collections.Immutable;
using System.Text;

namespace MixMq.Overlay.Map;

/// <summary>
/// The legal name of an institution: an X.500 name in the text form of RFC 4514, compared as directories compare names (RFC 4517 and 4518:
/// attribute by attribute, without case, with spaces at the ends of values and doubled ones left out). Immutable.
/// </summary>
/// <remarks>
/// A value that exists is well formed, and <see cref="Text"/> is the one normal way to write it: keywords as RFC 4514 has them, attributes
/// joined by + in a fixed order, no escape that isn't needed. Case and script are as its owner writes them. Two names with different
/// characters never compare as equal because they look alike; <see cref="Display"/> shows what they are made of, and <see cref="Skeleton"/>
/// finds such pairs.
/// </remarks>
public sealed class LegalName : IEquatable<LegalName>
{
    private readonly string _key;

    internal LegalName(ImmutableArray<ImmutableArray<(string Type, string Value)>> levels)
    {
        Levels = levels;
        Text = string.Join(',', levels.Select(static level => string.Join('+', level.Select(static attribute => $"{attribute.Type}={Escape(attribute.Value)}"))));
        _key = KeyOf(levels);
    }

    /// <summary>The normal form: to be stored, signed and sent, and typed to mean this name. Not fit for showing, see <see cref="Display"/>.</summary>
    public string Text { get; }

    /// <summary>The attributes, level by level, most special first as in the text; values without escapes.</summary>
    internal ImmutableArray<ImmutableArray<(string Type, string Value)>> Levels { get; }

    /// <summary>Reads a name as people and certificates write it.</summary>
    /// <param name="text">RFC 4514; keywords in any case or as numbers, and spaces around separators, are taken too.</param>
    /// <param name="name">The name, or null.</param>
    /// <returns>What is wrong with it, or <see cref="LegalNameError.None"/>.</returns>
    public static LegalNameError TryParse(ReadOnlySpan<char> text, out LegalName? name)
    {
        name = null;
        if (text.Length > MapLimits.MaxNameBytes * 4)
        {
            return LegalNameError.TooLong;
        }

        var error = new LegalNameParser(text).Read(out var levels);
        if (error != LegalNameError.None)
        {
            return error;
        }

        var read = new LegalName(levels);
        if (Encoding.UTF8.GetByteCount(read.Text) > MapLimits.MaxNameBytes)
        {
            return LegalNameError.TooLong;
        }

        name = read;
        return LegalNameError.None;
    }

    /// <summary>The name for people: values in which scripts are mixed, or all of whose letters have the look of Latin ones, have them as <c>\u{hex}</c>.</summary>
    /// <returns>Like <see cref="Text"/>, and equal to it where there is nothing to be told.</returns>
    public string Display() => string.Join(',', Levels.Select(static level => string.Join('+', level.Select(static attribute => $"{attribute.Type}={LookAlikes.Show(Escape(attribute.Value))}"))));

    /// <summary>Equal for names that are easily taken for one another. For comparing only.</summary>
    /// <returns>Text without meaning of its own.</returns>
    public string Skeleton() => LookAlikes.Skeleton(Text);

    /// <summary>Whether every attribute of another name is in this one, at whatever level.</summary>
    /// <param name="part">The shorter one.</param>
    /// <returns>Whether it is part of this.</returns>
    public bool Contains(LegalName part)
    {
        ArgumentNullException.ThrowIfNull(part);
        var own = Levels.SelectMany(static level => level).Select(Folded).ToHashSet();
        return part.Levels.SelectMany(static level => level).Select(Folded).All(own.Contains);
    }

    /// <inheritdoc/>
    public bool Equals(LegalName? other) => other is not null && string.Equals(_key, other._key, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as LegalName);

    /// <inheritdoc/>
    public override int GetHashCode() => string.GetHashCode(_key, StringComparison.Ordinal);

    /// <summary>The same as <see cref="Display"/>: a name that is printed by chance is fit for it.</summary>
    /// <returns>The name for people.</returns>
    public override string ToString() => Display();

    /// <summary>Puts names in an order in which those that are equal stand together, for lists.</summary>
    /// <param name="other">Another name.</param>
    /// <returns>As comparers have it.</returns>
    internal int Compare(LegalName other) => string.CompareOrdinal(_key, other._key);

    /// <summary>Keywords in a fixed order within a level, as the normal form has them.</summary>
    internal static int CompareAttributes((string Type, string Value) one, (string Type, string Value) other) => string.CompareOrdinal(one.Type, other.Type);

    // Control characters can't stand in a value, so nothing in it can be taken for a border.
    private static string KeyOf(ImmutableArray<ImmutableArray<(string Type, string Value)>> levels)
    {
        var key = new StringBuilder();
        foreach (var level in levels)
        {
            key.Append('\u0001');
            foreach (var attribute in level)
            {
                key.Append('\u0002').Append(Folded(attribute));
            }
        }

        return key.ToString();
    }

    private static string Folded((string Type, string Value) attribute)
    {
        var text = new StringBuilder(attribute.Type).Append('=');
        foreach (var rune in attribute.Value.EnumerateRunes())
        {
            NameCharacters.AppendFolded(text, rune);
        }

        return text.ToString();
    }

    private static string Escape(string value)
    {
        var text = new StringBuilder(value.Length);
        foreach (var character in value)
        {
            if (character is '"' or '+' or ',' or ';' or '<' or '>' or '\\' || (character == '#' && text.Length == 0))
            {
                text.Append('\\');
            }

            text.Append(character);
        }

        return text.ToString();
    }
}
