using System.Collections.Immutable;

namespace MixMq.Overlay.Map;

/// <summary>The attribute types of legal names: those of RFC 4514, section 3, and what registers of institutions add. All are compared without case.</summary>
internal static class LegalNameAttributes
{
    private static readonly ImmutableArray<(string Keyword, string Oid)> All =
    [
        ("CN", "2.5.4.3"),
        ("L", "2.5.4.7"),
        ("ST", "2.5.4.8"),
        ("O", "2.5.4.10"),
        ("OU", "2.5.4.11"),
        ("C", "2.5.4.6"),
        ("STREET", "2.5.4.9"),
        ("DC", "0.9.2342.19200300.100.1.25"),
        ("UID", "0.9.2342.19200300.100.1.1"),
        ("serialNumber", "2.5.4.5"),
        ("businessCategory", "2.5.4.15"),
        ("postalCode", "2.5.4.17"),
        ("organizationIdentifier", "2.5.4.97"),
    ];

    /// <summary>As they are written.</summary>
    public static IEnumerable<string> Keywords => All.Select(type => type.Keyword);

    /// <summary>The keyword of a type that is given by keyword, in any case, or by number; null: it isn't known.</summary>
    public static string? Find(ReadOnlySpan<char> type)
    {
        foreach (var (keyword, oid) in All)
        {
            if (type.Equals(keyword, StringComparison.OrdinalIgnoreCase) || type.SequenceEqual(oid))
            {
                return keyword;
            }
        }

        return null;
    }
}
