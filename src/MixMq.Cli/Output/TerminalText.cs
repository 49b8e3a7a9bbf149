using System.Globalization;
using System.Text;

namespace MixMq.Cli.Output;

/// <summary>
/// Text from strangers (labels, names, contents) made fit for a terminal: control characters would move its cursor or rewrite its
/// title, and format characters (bidirectional overrides) would show another text than there is.
/// </summary>
internal static class TerminalText
{
    /// <summary>Replaces what a terminal would act on by <c>\u{hex}</c>. With <paramref name="multiline"/>, newlines and tabs stay.</summary>
    public static string Escape(string text, bool multiline = false)
    {
        var safe = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if ((multiline && rune.Value is '\n' or '\t') || !IsActive(rune))
                safe.Append(rune);
            else
                safe.Append(CultureInfo.InvariantCulture, $"\\u{{{rune.Value:x}}}");
        }

        return safe.ToString();
    }

    /// <summary>The text of a content that is text, fit for a terminal; null when it is something else.</summary>
    public static string? FromContent(ReadOnlySpan<byte> content)
    {
        try
        {
            var text = Strict.GetString(content);
            return text.Contains('\0', StringComparison.Ordinal) ? null : Escape(text, multiline: true);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    /// <summary>An address short enough for a table: both ends of it.</summary>
    public static string Shorten(string address) => address.Length <= 20 ? Escape(address) : $"{Escape(address[..12])}…{Escape(address[^6..])}";

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private static bool IsActive(Rune rune) => Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate;
}
