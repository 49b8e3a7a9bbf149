using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace MixMq.Transport.Audit;

/// <summary>
/// One line of an audit trail, and how it is chained to the one before:
/// <code>
/// hash SP number SP time SP event *(SP key=value) LF
/// hash = SHA-256(label ‖ hash of the line before, 32 bytes ‖ everything between the first space and LF)
/// </code>
/// All is printable ASCII without escapes, since names of peers and reasons are: a line can be read, searched and cut by any tool.
/// </summary>
/// <param name="Hash">The line's own.</param>
/// <param name="Number">From 1, over all files of a trail.</param>
/// <param name="Event">What happened.</param>
/// <param name="Fields">Keys with values, in their order.</param>
internal sealed record AuditLine(byte[] Hash, long Number, string Event, IReadOnlyList<KeyValuePair<string, string>> Fields)
{
    internal const int HashBytes = 32;

    /// <summary>Bytes of a line without LF. A longer one is none: nothing that is written here comes near.</summary>
    internal const int MaxBytes = 512;

    private const int HashCharacters = HashBytes * 2;
    private static readonly SearchValues<byte> Printable = SearchValues.Create(" !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~"u8);

    /// <summary>The value of a key, or null.</summary>
    internal string? this[string key] => Fields.FirstOrDefault(field => field.Key == key).Value;

    /// <summary>The hash of a line whose text, without its hash, is <paramref name="text"/>.</summary>
    internal static byte[] Chain(ReadOnlySpan<byte> previous, ReadOnlySpan<byte> text)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData("MixMq-audit-v1"u8);
        hash.AppendData(previous);
        hash.AppendData(text);
        return hash.GetHashAndReset();
    }

    /// <summary>A whole line with LF, and its hash.</summary>
    internal static byte[] Write(ReadOnlySpan<byte> previous, long number, DateTimeOffset time, AuditEventKind kind, string fields, out byte[] hash)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{number} {time.UtcDateTime:yyyy-MM-ddTHH:mm:ss.fffZ} {Name(kind)}{(fields.Length > 0 ? " " : "")}{fields}");
        hash = Chain(previous, Encoding.ASCII.GetBytes(text));
        return Encoding.ASCII.GetBytes($"{Convert.ToHexStringLower(hash)} {text}\n");
    }

    /// <summary>Reads a line without its LF. Null: it is none. Whether its hash is right is not looked at, see <see cref="Follows"/>.</summary>
    internal static AuditLine? Parse(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length is <= HashCharacters or > MaxBytes || bytes[HashCharacters] != ' ' || bytes.ContainsAnyExcept(Printable))
        {
            return null;
        }

        var hash = new byte[HashBytes];
        var parts = Encoding.ASCII.GetString(bytes[(HashCharacters + 1)..]).Split(' ');
        if (bytes[..HashCharacters].ContainsAnyExceptInRange((byte)'0', (byte)'f')
            || Convert.FromHexString(Encoding.ASCII.GetString(bytes[..HashCharacters]), hash, out _, out _) != OperationStatus.Done
            || parts.Length < 3
            || !long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return null;
        }

        var fields = parts[3..].Select(part => part.Split('=', 2)).ToList();
        return fields.TrueForAll(field => field.Length == 2)
            ? new AuditLine(hash, number, parts[2], [.. fields.Select(field => KeyValuePair.Create(field[0], field[1]))])
            : null;
    }

    /// <summary>Whether the hash is that of these bytes after the line with the hash <paramref name="previous"/>.</summary>
    internal bool Follows(ReadOnlySpan<byte> previous, ReadOnlySpan<byte> bytes) =>
        Chain(previous, bytes[(HashCharacters + 1)..]).AsSpan().SequenceEqual(Hash);

    /// <summary><c>ListenerOpened</c> is written <c>listener-opened</c>.</summary>
    internal static string Name(Enum value)
    {
        var name = new StringBuilder();
        foreach (var c in value.ToString())
        {
            if (char.IsAsciiLetterUpper(c) && name.Length > 0)
            {
                name.Append('-');
            }

            name.Append(char.ToLowerInvariant(c));
        }

        return name.ToString();
    }
}
