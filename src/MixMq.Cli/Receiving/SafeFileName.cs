using System.Globalization;
using System.Text;

namespace MixMq.Cli.Receiving;

/// <summary>A file name out of a label that a stranger wrote: never a path, never hidden, never an option, never too long.</summary>
internal static class SafeFileName
{
    private const int MaxLabelBytes = 120;

    /// <summary>
    /// <c>position-id-label</c>: the position keeps a folder in order, the id tells messages of different nodes apart, and the label has
    /// letters, digits and <c>._-</c> alone; anything else is an underscore.
    /// </summary>
    public static string Create(ulong position, ReadOnlySpan<byte> messageId, string label)
    {
        var prefix = string.Create(CultureInfo.InvariantCulture, $"{position:D10}-{Convert.ToHexStringLower(messageId[..Math.Min(4, messageId.Length)])}");
        var suffix = Clean(label);
        return suffix.Length == 0 ? prefix : $"{prefix}-{suffix}";
    }

    private static string Clean(string label)
    {
        // Only the last part of what looks like a path says something.
        label = label[(label.LastIndexOfAny(['/', '\\']) + 1)..];
        var clean = new StringBuilder();
        var bytes = 0;
        foreach (var rune in label.EnumerateRunes())
        {
            var safe = Rune.IsLetterOrDigit(rune) || rune.Value is '.' or '-' or '_' ? rune : new Rune('_');
            bytes += safe.Utf8SequenceLength;
            if (bytes > MaxLabelBytes)
                break;
            clean.Append(safe);
        }

        return clean.ToString().Trim('.', '_', '-');
    }
}
