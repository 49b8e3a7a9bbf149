using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MixMq.Transport.Configuration;
using MixMq.Transport.Tls;

namespace MixMq.Transport.Survey;

/// <summary>What an operator compares of certificates: what was asked for beside what was shown.</summary>
internal static class CertificateText
{
    private const int MostNames = 5;

    internal static string Day(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>The difference that a verdict is about, as the rest of a sentence; empty where there is nothing to compare.</summary>
    /// <param name="peer">Whose setting it is.</param>
    /// <param name="shown">The certificate, then what was sent with it.</param>
    /// <param name="verdict">What is wrong.</param>
    internal static string Difference(PeerConfiguration peer, ImmutableArray<X509Certificate2> shown, TrustVerdict verdict)
    {
        if (shown.IsEmpty)
        {
            return "";
        }

        var leaf = shown[0];
        return verdict switch
        {
            TrustVerdict.OtherKey => $": it shows {CertificatePin.Of(leaf)} (of {Subject(leaf)}), and {Asked(peer, "trust:pinnedkey")} is expected",
            TrustVerdict.OtherName => $": it is for {Names(leaf)}, and {Asked(peer, "trust:dnsname", "trust:subject")} is expected{LookAlike(peer, leaf)}",
            TrustVerdict.NotIssuedByCa => $": it was issued by {SurveyText.Foreign(shown[^1].Issuer)} ({shown.Length - 1} intermediates came with it), and {Roots(peer)} is expected",
            TrustVerdict.NotIssuedBySystem => $": it was issued by {SurveyText.Foreign(shown[^1].Issuer)} ({shown.Length - 1} intermediates came with it)",
            TrustVerdict.Expired => $": it ended on {Day(new DateTimeOffset(leaf.NotAfter.ToUniversalTime()))}",
            TrustVerdict.NotYetValid => $": it begins on {Day(new DateTimeOffset(leaf.NotBefore.ToUniversalTime()))}",
            TrustVerdict.Revoked or TrustVerdict.RevocationUnknown => $": its serial number is {leaf.SerialNumber}, issued by {SurveyText.Foreign(leaf.Issuer)}",
            _ => "",
        };
    }

    /// <summary>How revocation was looked at, as the rest of a sentence.</summary>
    internal static string Revocation(PeerConfiguration peer) => peer.Trust is not ChainTrust chain ? ""
        : chain.Revocation is { } lists ? $", and {(lists.Mode == RevocationMode.Hard ? "valid lists say that it isn't revoked" : "no list says that it is revoked")}"
        : "; revocation isn't looked at";

    private static string Subject(X509Certificate2 certificate) => SurveyText.Foreign(certificate.Subject.Length == 0 ? "nobody" : certificate.Subject);

    /// <summary>The DNS names that it is for, or its subject.</summary>
    internal static string Names(X509Certificate2 certificate)
    {
        var names = DnsNames(certificate);
        var more = names.Count > MostNames ? $" and {names.Count - MostNames} more" : "";
        return names.Count == 0 ? Subject(certificate) : SurveyText.Foreign(string.Join(", ", names.Take(MostNames))) + more;
    }

    private static List<string> DnsNames(X509Certificate2 certificate)
    {
        try
        {
            return [.. certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().SelectMany(extension => extension.EnumerateDnsNames())];
        }
        catch (CryptographicException)
        {
            // Not what an extension of names looks like.
            return [];
        }
    }

    private static string Asked(PeerConfiguration peer, params string[] keys) =>
        keys.Select(key => peer.Settings.GetValueOrDefault(key)).FirstOrDefault(value => !string.IsNullOrEmpty(value)) ?? "another";

    /// <summary>A name that differs in its case, in a dot at the end or by one label is mostly the right one, written wrongly.</summary>
    private static string LookAlike(PeerConfiguration peer, X509Certificate2 leaf)
    {
        var asked = Asked(peer, "trust:dnsname");
        var near = DnsNames(leaf).Find(name => name.Trim('.').EndsWith('.' + asked.Trim('.'), StringComparison.OrdinalIgnoreCase)
            || asked.Trim('.').EndsWith('.' + name.Trim('.'), StringComparison.OrdinalIgnoreCase)
            || string.Equals(Bare(name), Bare(asked), StringComparison.OrdinalIgnoreCase));
        return near is null ? "" : $"; {SurveyText.Foreign(near)} is like it: is that what was meant?";
    }

    private static string Bare(string name) => string.Concat(name.Where(char.IsAsciiLetterOrDigit));

    private static string Roots(PeerConfiguration peer) => peer.Trust is CaFileTrust trust
        ? string.Join(" or ", trust.RootNames.Take(MostNames).Select(SurveyText.Foreign))
        : "another";
}
