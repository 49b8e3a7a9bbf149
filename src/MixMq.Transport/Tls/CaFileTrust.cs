using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MixMq.Transport.Tls;

/// <summary>Trusts what was issued under the certificates of one PEM file; nothing is fetched, and the system's CAs don't count.</summary>
public sealed class CaFileTrust : TrustPolicy
{
    private readonly X509Certificate2Collection _roots;

    /// <summary>Trusts chains that end at one of <paramref name="roots"/>.</summary>
    /// <exception cref="ArgumentException"><paramref name="roots"/> is empty.</exception>
    public CaFileTrust(X509Certificate2Collection roots)
    {
        ArgumentNullException.ThrowIfNull(roots);
        ArgumentOutOfRangeException.ThrowIfZero(roots.Count, nameof(roots));
        _roots = roots;
    }

    /// <summary>Loads the PEM file; false with a sentence for the operator when it can't be used.</summary>
    public static bool TryLoad(string file, out CaFileTrust? trust, out string error)
    {
        trust = null;
        try
        {
            var roots = new X509Certificate2Collection();
            roots.ImportFromPemFile(file);
            if (roots.Count == 0)
            {
                error = $"'{file}' holds no PEM certificate";
                return false;
            }

            trust = new CaFileTrust(roots);
            error = "";
            return true;
        }
        catch (CryptographicException)
        {
            error = $"'{file}' is not a PEM file of certificates";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            error = $"'{file}' can't be read; check that it exists and its permissions";
        }

        return false;
    }

    private protected override TrustVerdict EvaluateKey(X509Certificate2 leaf, X509Certificate2Collection sent, DateTimeOffset now)
    {
        using var chain = new X509Chain();
        var policy = chain.ChainPolicy;
        policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        policy.CustomTrustStore.AddRange(_roots);
        policy.ExtraStore.AddRange(sent);
        policy.RevocationMode = X509RevocationMode.NoCheck;
        policy.DisableCertificateDownloads = true;
        policy.VerificationTime = now.UtcDateTime;

        // Usage and the leaf's own dates are judged by the base class, which names them apart.
        policy.VerificationFlags = X509VerificationFlags.IgnoreWrongUsage;
        try
        {
            if (chain.Build(leaf))
            {
                return TrustVerdict.Trusted;
            }

            // An expired leaf under the right CA: let the base class say so. An expired CA stays "not issued".
            var onlyLeafTime = chain.ChainElements.Count > 0
                && chain.ChainElements.Skip(1).All(element => element.ChainElementStatus.Length == 0)
                && chain.ChainElements[0].ChainElementStatus.All(status => status.Status == X509ChainStatusFlags.NotTimeValid);
            return onlyLeafTime ? TrustVerdict.Trusted : TrustVerdict.NotIssuedByCa;
        }
        catch (CryptographicException)
        {
            return TrustVerdict.NotIssuedByCa;
        }
        finally
        {
            foreach (var element in chain.ChainElements)
            {
                if (!_roots.Contains(element.Certificate))
                {
                    element.Certificate.Dispose();
                }
            }
        }
    }
}
