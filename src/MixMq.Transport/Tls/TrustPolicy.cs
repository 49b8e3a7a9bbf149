using System.Security.Cryptography.X509Certificates;
using MixMq.Transport.Files;

namespace MixMq.Transport.Tls;

/// <summary>
/// Which certificates one configured peer may show. A certificate for TLS servers alone does in the client role too:
/// institutions rarely get any other, and who the peer is, is proved by its identity key over this channel (LINK-AUTH).
/// Names in the certificate are looked at where one is required: a CA file and a pin may belong to one peer alone. Thread-safe.
/// </summary>
public abstract class TrustPolicy
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";
    private const string AnyUsage = "2.5.29.37.0";

    private protected TrustPolicy()
    {
    }

    /// <summary>What is taken again when its files change.</summary>
    /// <param name="peer">The peer's configured name, for the log.</param>
    internal virtual IEnumerable<Reloadable> Reloadables(string peer) => [];

    /// <summary>Judges a certificate.</summary>
    /// <param name="leaf">The certificate that the peer showed and proved to hold the key of.</param>
    /// <param name="sent">Further certificates that the peer sent, possible intermediates.</param>
    /// <param name="now">Time at which it must be valid.</param>
    public TrustVerdict Evaluate(X509Certificate2 leaf, X509Certificate2Collection sent, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(leaf);
        ArgumentNullException.ThrowIfNull(sent);

        // Whose certificate it is comes first, so that the reason names what the operator must change.
        var verdict = EvaluateKey(leaf, sent, now);
        if (verdict != TrustVerdict.Trusted)
        {
            return verdict;
        }

        if (now.UtcDateTime > leaf.NotAfter.ToUniversalTime())
        {
            return TrustVerdict.Expired;
        }

        if (now.UtcDateTime < leaf.NotBefore.ToUniversalTime())
        {
            return TrustVerdict.NotYetValid;
        }

        return HasTlsUsage(leaf) ? TrustVerdict.Trusted : TrustVerdict.WrongUsage;
    }

    private protected abstract TrustVerdict EvaluateKey(X509Certificate2 leaf, X509Certificate2Collection sent, DateTimeOffset now);

    private static bool HasTlsUsage(X509Certificate2 leaf)
    {
        foreach (var extension in leaf.Extensions)
        {
            if (extension is not X509EnhancedKeyUsageExtension usages)
            {
                continue;
            }

            foreach (var usage in usages.EnhancedKeyUsages)
            {
                if (usage.Value is ServerAuthentication or ClientAuthentication or AnyUsage)
                {
                    return true;
                }
            }

            return false;
        }

        return true;
    }
}
