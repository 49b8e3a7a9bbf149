using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MixMq.Transport.Tls;

/// <summary>
/// The whole X.500 subject, written as RFC 4514 says and as <c>openssl x509 -noout -subject -nameopt RFC2253</c> prints it: the most
/// specific part first. Same attributes, in the same order, with the same values.
/// </summary>
/// <remarks>
/// Values are compared without the string type, ASCII letters in either case alike, and with runs of spaces as one; all else by code
/// point. Unicode's wider equalities (RFC 4518) are left out on purpose: they would let look-alikes through. Parts with several values
/// (<c>+</c>) satisfy nothing.
/// </remarks>
public sealed class RequiredSubject : RequiredName
{
    /// <summary>How the setting is written.</summary>
    internal const string Form =
        "the certificate's whole subject as RFC 4514 writes it, such as CN=float,O=Bank B,C=DE (openssl x509 -in FILE -noout -subject -nameopt RFC2253 prints it)";

    private readonly ImmutableArray<(string Oid, string Value)> _parts;

    private RequiredSubject(ImmutableArray<(string Oid, string Value)> parts) => _parts = parts;

    /// <summary>Parses the written form; false for anything that isn't one, for parts with several values and for values in hexadecimal.</summary>
    public static bool TryParse(string text, out RequiredSubject subject)
    {
        ArgumentNullException.ThrowIfNull(text);
        var isName = DistinguishedNameText.TryParse(text, out var parts);
        subject = new RequiredSubject([.. parts.Select(part => (part.Oid, Fold(part.Value)))]);
        return isName;
    }

    /// <inheritdoc/>
    public override bool IsIn(X509Certificate2 certificate)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        try
        {
            var next = 0;
            foreach (var part in certificate.SubjectName.EnumerateRelativeDistinguishedNames(reversed: true))
            {
                if (next == _parts.Length
                    || part.HasMultipleElements
                    || part.GetSingleElementType().Value != _parts[next].Oid
                    || part.GetSingleElementValue() is not { } value
                    || Fold(value) != _parts[next].Value)
                {
                    return false;
                }

                next++;
            }

            return next == _parts.Length;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    private static string Fold(string value)
    {
        var lower = string.Concat(value.Select(c => char.IsAsciiLetterUpper(c) ? (char)(c | 0x20) : c));
        return string.Join(' ', lower.Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }
}
