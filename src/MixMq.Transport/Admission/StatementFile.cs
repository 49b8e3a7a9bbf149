using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using MixMq.Overlay.Admission;
using MixMq.Overlay.Map;

namespace MixMq.Transport.Admission;

/// <summary>
/// What authorities sign, as text that can be mailed and pasted: PEM (RFC 7468) around the statement's bytes, one block each. What stands
/// between the blocks is for people.
/// </summary>
public static class StatementFile
{
    /// <summary>More than all that a person hands to a node at one time.</summary>
    private const int MaxBytes = 256 * 1024;

    private const int MaxStatements = 16;

    /// <summary>All that a node holds at one time, in its own file: each statement of the map in Base64, contradicted, and what has ended.</summary>
    private const int MaxStoredStatements = MaxStatements + MapLimits.MaxStored;

    private const int MaxStoredBytes = MaxBytes + (MapLimits.MaxStored * MapLimits.MaxEntryBytes * 3 / 2);
    private static readonly string[] Labels = ["MIXMQ NETWORK PARAMETERS", "MIXMQ REVOCATION LIST", "MIXMQ ADMISSION CERTIFICATE", "MIXMQ MAP ENTRY", "MIXMQ SUCCESSION"];

    /// <summary>Writes statements as text.</summary>
    /// <param name="statements">Any.</param>
    /// <returns>Their PEM blocks, one after the other.</returns>
    public static string Format(params IEnumerable<AuthorityStatement> statements)
    {
        ArgumentNullException.ThrowIfNull(statements);
        var text = new StringBuilder();
        foreach (var statement in statements)
        {
            text.Append(PemEncoding.Write(Labels[(int)statement.Kind - 1], statement.Encoded.Span)).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>Reads statements from text that may come from anyone. No signature is checked.</summary>
    /// <param name="text">Any text; what is outside of the blocks is passed over.</param>
    /// <param name="statements">What was found; empty where there is an error.</param>
    /// <param name="error">What is wrong, as the rest of a sentence that begins with the file's name; null: nothing.</param>
    /// <returns>Whether there was at least one, and nothing wrong.</returns>
    public static bool TryParse(ReadOnlySpan<char> text, out ImmutableArray<AuthorityStatement> statements, out string? error) =>
        TryParse(text, MaxStatements, out statements, out error);

    private static bool TryParse(ReadOnlySpan<char> text, int most, out ImmutableArray<AuthorityStatement> statements, out string? error)
    {
        statements = [];
        error = null;
        var found = ImmutableArray.CreateBuilder<AuthorityStatement>();
        while (error is null && PemEncoding.TryFind(text, out var fields))
        {
            var label = Array.IndexOf(Labels, text[fields.Label].ToString());
            var bytes = new byte[fields.DecodedDataLength];
            if (label < 0 || found.Count == most)
            {
                error = label < 0 ? "holds something that the authorities of a network don't sign" : string.Create(CultureInfo.InvariantCulture, $"holds more than {most} statements");
            }
            else if (!Convert.TryFromBase64Chars(text[fields.Base64Data], bytes, out var written) || written != bytes.Length)
            {
                error = "is damaged: its text isn't base64";
            }
            else if (AuthorityStatement.TryParse(bytes, out var statement) is not StatementError.None and var reason)
            {
                error = reason.Describe();
            }
            else if ((int)statement!.Kind - 1 != label)
            {
                error = "holds something else than its first line says";
            }
            else
            {
                found.Add(statement);
            }

            text = text[fields.Location.End..];
        }

        if (error is null && found.Count == 0)
        {
            error = "holds no network parameters, revocation list, admission certificate, map entry or successor statement; such a file begins with -----BEGIN MIXMQ …";
        }

        statements = error is null ? found.ToImmutable() : [];
        return error is null;
    }

    /// <summary>Reads a file of one kind of statement.</summary>
    /// <typeparam name="T">The kind.</typeparam>
    /// <param name="path">The file.</param>
    /// <param name="statement">What it holds; null where there is an error.</param>
    /// <param name="error">A sentence without a full stop; null: nothing is wrong.</param>
    /// <returns>Whether it holds exactly one statement, of that kind.</returns>
    public static bool TryRead<T>(string path, out T? statement, out string? error)
        where T : AuthorityStatement
    {
        statement = null;
        if (!TryReadAll(path, out var all, out error))
        {
            return false;
        }

        statement = all is [T only] ? only : null;
        error = statement is null ? $"'{path}' doesn't hold {WhatIs<T>()} and nothing else" : null;
        return statement is not null;
    }

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="statements">What it holds; empty where there is an error.</param>
    /// <param name="error">A sentence without a full stop; null: nothing is wrong.</param>
    /// <returns>Whether it holds at least one statement, and nothing wrong.</returns>
    public static bool TryReadAll(string path, out ImmutableArray<AuthorityStatement> statements, out string? error) =>
        TryReadAll(path, MaxBytes, MaxStatements, out statements, out error);

    /// <summary>Reads all that a node has stored of what it holds.</summary>
    internal static bool TryReadStored(string path, out ImmutableArray<AuthorityStatement> statements, out string? error) =>
        TryReadAll(path, MaxStoredBytes, MaxStoredStatements, out statements, out error);

    private static bool TryReadAll(string path, int mostBytes, int mostStatements, out ImmutableArray<AuthorityStatement> statements, out string? error)
    {
        statements = [];
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);

            // Of what isn't a file with a length, such as a pipe, no more than a person would hand over.
            var bytes = new byte[1 + (file.CanSeek ? Math.Min(file.Length, mostBytes) : MaxBytes)];
            var length = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            if (length == bytes.Length)
            {
                error = string.Create(CultureInfo.InvariantCulture, $"'{path}' is longer than {bytes.Length - 1} bytes; it isn't what it should be");
                return false;
            }

            if (!TryParse(Encoding.UTF8.GetString(bytes, 0, length), mostStatements, out statements, out error))
            {
                error = $"'{path}' {error}";
                return false;
            }

            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            error = e is FileNotFoundException or DirectoryNotFoundException ? $"there is no file '{path}'" : $"'{path}' can't be read";
            return false;
        }
    }

    private static string WhatIs<T>() =>
        typeof(T) == typeof(SignedParameters) ? "network parameters" : typeof(T) == typeof(RevokedAddresses) ? "a revocation list" : typeof(T) == typeof(MapEntry) ? "a map entry" : typeof(T) == typeof(Succession) ? "a successor statement" : "an admission certificate";
}
