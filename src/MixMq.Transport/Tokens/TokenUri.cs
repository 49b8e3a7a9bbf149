using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace MixMq.Transport.Tokens;

/// <summary>
/// Where a private key is in a PKCS#11 token, as RFC 7512 writes it: <c>pkcs11:token=T;object=O?module-path=/M.so&amp;pin-source=file:P</c>. Of the path attributes token,
/// manufacturer, model, serial, object, id and type are known; of the query both of those, which are required. A PIN itself (pin-value) is refused: the
/// configuration isn't a place for it. Immutable.
/// </summary>
public sealed class TokenUri
{
    private const string Scheme = "pkcs11:";
    private const string FileSource = "file:";
    private const string CredentialSource = "credential:";
    private static readonly ImmutableArray<string> TokenNames = ["token", "manufacturer", "model", "serial"];

    private TokenUri(ImmutableSortedDictionary<string, byte[]> attributes, string modulePath, string pinFile, bool isCredential)
    {
        Attributes = attributes;
        ModulePath = modulePath;
        PinFile = pinFile;
        IsCredential = isCredential;
    }

    /// <summary>Absolute path of the PKCS#11 module.</summary>
    public string ModulePath { get; }

    /// <summary>Absolute path of the file with the PIN on its first line.</summary>
    public string PinFile { get; }

    /// <summary>Whether the service manager has put that file there.</summary>
    public bool IsCredential { get; }

    /// <summary>The path attributes by name, unescaped; without type.</summary>
    internal ImmutableSortedDictionary<string, byte[]> Attributes { get; }

    /// <summary>What says which token it is.</summary>
    internal string Token => Text(TokenNames.Where(Attributes.ContainsKey));

    /// <summary>What says which key of the token it is.</summary>
    internal string Key => Text(Attributes.Keys.Where(static name => name is "object" or "id"));

    /// <summary>The key for whoever has been told module and PIN apart: neither is in it.</summary>
    internal string Path => $"{Scheme}{Text(Attributes.Keys)};type=private";

    /// <summary>Reads a URI from a configuration.</summary>
    /// <param name="text">The URI.</param>
    /// <param name="baseDirectory">Where a relative <c>pin-source=file:</c> starts.</param>
    /// <param name="credentials">The folder that <c>pin-source=credential:NAME</c> is in, systemd's CREDENTIALS_DIRECTORY; null: there is none.</param>
    /// <param name="uri">The URI, or null.</param>
    /// <param name="error">What is wrong with it, as the rest of a sentence.</param>
    /// <returns>Whether it is one.</returns>
    public static bool TryParse(string text, string baseDirectory, string? credentials, [NotNullWhen(true)] out TokenUri? uri, out string error)
    {
        ArgumentNullException.ThrowIfNull(text);
        uri = null;
        if (!text.StartsWith(Scheme, StringComparison.Ordinal))
        {
            error = "must be a PKCS#11 URI (RFC 7512): pkcs11:token=…;object=…?module-path=/…&pin-source=file:…";
            return false;
        }

        var query = text.IndexOf('?', StringComparison.Ordinal);
        var path = query < 0 ? text[Scheme.Length..] : text[Scheme.Length..query];
        if (!TryAttributes(path, ';', [.. TokenNames, "object", "id", "type"], out var attributes, out error)
            || !TryAttributes(query < 0 ? "" : text[(query + 1)..], '&', ["module-path", "pin-source"], out var how, out error))
        {
            return false;
        }

        if (attributes.TryGetValue("type", out var type) && !type.AsSpan().SequenceEqual("private"u8))
        {
            error = "has a type other than private";
            return false;
        }

        attributes = attributes.Remove("type");
        if (!attributes.Keys.Any(TokenNames.Contains) || !attributes.Keys.Any(static name => name is "object" or "id"))
        {
            error = "must say which token (token=… or serial=…) and which key (object=… or id=…) is meant";
            return false;
        }

        var module = how.TryGetValue("module-path", out var bytes) ? Encoding.UTF8.GetString(bytes) : "";
        if (!System.IO.Path.IsPathFullyQualified(module))
        {
            error = "must have module-path=/… in its query, the absolute path of the PKCS#11 module that came with the token (SoftHSM: /usr/lib/softhsm/libsofthsm2.so)";
            return false;
        }

        var source = how.TryGetValue("pin-source", out bytes) ? Encoding.UTF8.GetString(bytes) : "";
        if (source.StartsWith(FileSource, StringComparison.Ordinal) && source.Length > FileSource.Length)
        {
            var file = System.IO.Path.GetFullPath(source[FileSource.Length..], baseDirectory);
            uri = new TokenUri(attributes, module, file, isCredential: false);
        }
        else if (source.StartsWith(CredentialSource, StringComparison.Ordinal) && source.Length > CredentialSource.Length
            && System.IO.Path.GetFileName(source[CredentialSource.Length..]) is { } name && name == source[CredentialSource.Length..] && name is not ("." or ".."))
        {
            if (string.IsNullOrEmpty(credentials))
            {
                error = $"has pin-source={source}, but the service manager gave no credentials (CREDENTIALS_DIRECTORY is not set); set LoadCredential={name}:… in the unit";
                return false;
            }

            uri = new TokenUri(attributes, module, System.IO.Path.Combine(credentials, name), isCredential: true);
        }
        else
        {
            error = "must have pin-source=file:… in its query, a file of mode 0600 with the PIN on its first line, or pin-source=credential:NAME, from the unit's LoadCredential";
            return false;
        }

        return true;
    }

    private static bool TryAttributes(string text, char separator, ImmutableArray<string> known, out ImmutableSortedDictionary<string, byte[]> attributes, out string error)
    {
        var found = ImmutableSortedDictionary.CreateBuilder<string, byte[]>(StringComparer.Ordinal);
        attributes = ImmutableSortedDictionary<string, byte[]>.Empty;
        foreach (var item in text.Split(separator, StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = item.IndexOf('=', StringComparison.Ordinal);
            var name = equals < 0 ? item : item[..equals];
            if (name == "pin-value")
            {
                error = "has the PIN itself in pin-value; put it into a file of mode 0600 and set pin-source=file:… instead (and change the PIN if others could read it)";
                return false;
            }

            if (!known.Contains(name) || equals < 0 || equals == item.Length - 1 || found.ContainsKey(name) || !TryUnescape(item.AsSpan(equals + 1), out var value))
            {
                error = $"has '{name}', which isn't known there, is without a value, stands twice, or isn't escaped rightly; known are {string.Join(", ", known)}";
                return false;
            }

            found.Add(name, value);
        }

        attributes = found.ToImmutable();
        error = "";
        return true;
    }

    private static bool TryUnescape(ReadOnlySpan<char> text, out byte[] value)
    {
        value = [];
        var bytes = new List<byte>(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '%')
            {
                if (text.Length - i < 3 || !byte.TryParse(text.Slice(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var escaped) || escaped == 0)
                {
                    return false;
                }

                bytes.Add(escaped);
                i += 2;
            }
            else if (text[i] is > ' ' and < '\u007f')
            {
                bytes.Add((byte)text[i]);
            }
            else
            {
                return false;
            }
        }

        value = [.. bytes];
        return true;
    }

    private string Text(IEnumerable<string> names) => string.Join(';', names.Select(name => $"{name}={Escape(Attributes[name])}"));

    private static string Escape(byte[] value)
    {
        var text = new StringBuilder(value.Length);
        foreach (var item in value)
        {
            _ = char.IsAsciiLetterOrDigit((char)item) || item is (byte)'-' or (byte)'_' or (byte)'.' or (byte)'~'
                ? text.Append((char)item)
                : text.Append(CultureInfo.InvariantCulture, $"%{item:x2}");
        }

        return text.ToString();
    }
}
