using System.Collections.Immutable;
using System.Text;

namespace MixMq.Transport.Tls;

/// <summary>
/// Reads distinguished names as text (RFC 4514): parts with one value each, separated by commas; <c>\</c> before a special character or
/// two hexadecimal digits of UTF-8. Spaces around separators are passed over, as older writers put them.
/// </summary>
internal static class DistinguishedNameText
{
    private const string Special = " \"#+,;<=>\\";

    /// <summary>RFC 4514, section 3, and the further names that OpenSSL prints for certificates of institutions.</summary>
    private static readonly Dictionary<string, string> Oids = new(StringComparer.OrdinalIgnoreCase)
    {
        ["CN"] = "2.5.4.3",
        ["serialNumber"] = "2.5.4.5",
        ["C"] = "2.5.4.6",
        ["L"] = "2.5.4.7",
        ["ST"] = "2.5.4.8",
        ["STREET"] = "2.5.4.9",
        ["O"] = "2.5.4.10",
        ["OU"] = "2.5.4.11",
        ["businessCategory"] = "2.5.4.15",
        ["postalCode"] = "2.5.4.17",
        ["organizationIdentifier"] = "2.5.4.97",
        ["DC"] = "0.9.2342.19200300.100.1.25",
        ["UID"] = "0.9.2342.19200300.100.1.1",
        ["emailAddress"] = "1.2.840.113549.1.9.1",
        ["jurisdictionL"] = "1.3.6.1.4.1.311.60.2.1.1",
        ["jurisdictionST"] = "1.3.6.1.4.1.311.60.2.1.2",
        ["jurisdictionC"] = "1.3.6.1.4.1.311.60.2.1.3",
    };

    /// <summary>The parts in the order of the text. False: it is no such name, or one with none, several-valued or hexadecimal parts.</summary>
    internal static bool TryParse(string text, out ImmutableArray<(string Oid, string Value)> parts)
    {
        parts = [];
        var found = ImmutableArray.CreateBuilder<(string Oid, string Value)>();
        var at = 0;
        do
        {
            var equals = text.IndexOf('=', at);
            if (equals < 0
                || !TryReadType(text[at..equals].Trim(' '), out var oid)
                || !TryReadValue(text, equals + 1, out var value, out at))
            {
                return false;
            }

            found.Add((oid, value));
        }
        while (at++ < text.Length);
        parts = found.ToImmutable();
        return true;
    }

    private static bool TryReadType(string name, out string oid)
    {
        oid = name;
        return Oids.TryGetValue(name, out oid!)
            || ((oid = name).Contains('.', StringComparison.Ordinal)
                && name.Split('.').All(arc => arc.Length > 0 && arc.All(char.IsAsciiDigit) && (arc.Length == 1 || arc[0] != '0')));
    }

    /// <summary>Reads up to the next comma, whose place is <paramref name="end"/>, or to the end of the text.</summary>
    private static bool TryReadValue(string text, int from, out string value, out int end)
    {
        value = "";
        var bytes = new List<byte>();
        var kept = 0;
        for (end = from; end < text.Length && text[end] != ','; end++)
        {
            var c = text[end];
            if (c == '\\')
            {
                if (end + 2 < text.Length && char.IsAsciiHexDigit(text[end + 1]) && char.IsAsciiHexDigit(text[end + 2]))
                {
                    bytes.Add(Convert.ToByte(text[(end + 1)..(end + 3)], 16));
                    end += 2;
                }
                else if (end + 1 < text.Length && Special.Contains(text[end + 1], StringComparison.Ordinal))
                {
                    bytes.Add((byte)text[++end]);
                }
                else
                {
                    return false;
                }

                kept = bytes.Count;
                continue;
            }

            if (c is '"' or '+' or ';' or '<' or '>' || (c == '#' && bytes.Count == 0) || (c == ' ' && bytes.Count == 0))
            {
                if (c == ' ')
                {
                    continue;
                }

                return false;
            }

            var width = char.IsHighSurrogate(c) && end + 1 < text.Length ? 2 : 1;
            bytes.AddRange(Encoding.UTF8.GetBytes(text.Substring(end, width)));
            end += width - 1;
            kept = c == ' ' ? kept : bytes.Count;
        }

        try
        {
            value = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes.Take(kept).ToArray());
            return value.Length > 0;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
