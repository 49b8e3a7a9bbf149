using System.Text.RegularExpressions;

namespace MixMq.Spec.Tests;

/// <summary>Links and mentions of sections within spec/, and what of them leads nowhere.</summary>
internal static partial class DocumentReferences
{
    /// <summary>Links to anchors and files, by a reader of files that a sample can take the place of.</summary>
    public static IEnumerable<string> BrokenLinks(SpecDocument document, Func<string, SpecDocument?> open, Func<string, bool> exists)
    {
        foreach (var block in document.Blocks)
        {
            foreach (Match link in Link().Matches(SpecDocument.WithoutCode(block.Text)))
            {
                var (path, anchor) = (link.Groups[1].Value, link.Groups[2].Value);
                var target = path.Length == 0 ? document.Path : Resolve(document.Path, path);
                if (!exists(target))
                {
                    yield return $"{document.Path}:{block.Line}: there is no {target}";
                }
                else if (anchor.Length > 0 && open(target)?.Blocks.Any(heading => Anchor(heading.Text) == anchor) != true)
                {
                    yield return $"{document.Path}:{block.Line}: {target} has no #{anchor}";
                }
            }
        }
    }

    /// <summary>"section 5.1" is one of the file itself, "03 §7" and "03, section 7" one of another.</summary>
    public static IEnumerable<string> MissingSections(SpecDocument document, Func<string, SpecDocument?> byNumber)
    {
        foreach (var block in document.Blocks)
        {
            var text = Standard().Replace(SpecDocument.WithoutCode(block.Text), "");
            foreach (Match mention in Section().Matches(text))
            {
                var target = mention.Groups[1].Success ? byNumber(mention.Groups[1].Value) : document;
                if (target is null || !target.Blocks.Any(heading => Number(heading.Text) == mention.Groups[2].Value))
                {
                    yield return $"{document.Path}:{block.Line}: {mention.Value}";
                }
            }
        }
    }

    private static string Resolve(string from, string path) => Path.GetRelativePath(
        "/", Path.GetFullPath(Path.Combine("/", Path.GetDirectoryName(from)!, path))).Replace(Path.DirectorySeparatorChar, '/');

    private static string? Number(string heading) => HeadingNumber().Match(heading) is { Success: true } match ? match.Groups[1].Value : null;

    /// <summary>As code hosts make them: lower case, spaces to hyphens, other signs left out.</summary>
    private static string? Anchor(string heading) => heading.StartsWith('#')
        ? string.Concat(heading.TrimStart('#').Trim().ToLowerInvariant().Where(c => char.IsLetterOrDigit(c) || c is ' ' or '-' or '_').Select(c => c == ' ' ? '-' : c))
        : null;

    [GeneratedRegex(@"\]\((?!https?:|mailto:)([^)#\s]*)#?([^)\s]*)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^#+ (\d+(?:\.\d+)*)\.? ")]
    private static partial Regex HeadingNumber();

    // The standards' own sections aren't ours.
    [GeneratedRegex(@"\b(RFC|FIPS|BIP)[ -][\d-]+(,? section)? ?[\d.]*")]
    private static partial Regex Standard();

    [GeneratedRegex(@"(?:\b(0\d)(?: §|, section )|\bsection )(\d+(?:\.\d+)*)")]
    private static partial Regex Section();
}
