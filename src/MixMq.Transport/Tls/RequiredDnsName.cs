using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MixMq.Transport.Tls;

/// <summary>
/// A DNS name among the certificate's subject alternative names (RFC 5280, section 4.2.1.6). Compared as a whole, ASCII letters in
/// either case alike. A wildcard in a certificate stands for no other name than itself: who may show <c>*.example.org</c> is written so.
/// The subject's common name is not looked at.
/// </summary>
public sealed class RequiredDnsName : RequiredName
{
    /// <summary>How the setting is written.</summary>
    internal const string Form = "a DNS name from the certificate's subject alternative names, such as float.bank-b.example; in ASCII, without a final dot";

    private const int MaxLength = 253;
    private const int MaxLabelLength = 63;
    private readonly string _name;

    private RequiredDnsName(string name) => _name = name;

    /// <summary>Parses a name of letters, digits, hyphens and underscores; the first label may be <c>*</c>.</summary>
    public static bool TryParse(string text, out RequiredDnsName name)
    {
        ArgumentNullException.ThrowIfNull(text);
        name = new RequiredDnsName(text);
        var labels = (text.StartsWith("*.", StringComparison.Ordinal) ? text[2..] : text).Split('.');
        return text.Length <= MaxLength && labels.All(label =>
            label.Length is > 0 and <= MaxLabelLength
            && label.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')
            && label[0] != '-'
            && label[^1] != '-');
    }

    /// <inheritdoc/>
    public override bool IsIn(X509Certificate2 certificate)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        try
        {
            return certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>()
                .SelectMany(extension => extension.EnumerateDnsNames())
                .Any(found => found.Equals(_name, StringComparison.OrdinalIgnoreCase));
        }
        catch (CryptographicException)
        {
            return false;
        }
    }
}
