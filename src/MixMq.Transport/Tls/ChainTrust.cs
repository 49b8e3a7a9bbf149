using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MixMq.Transport.Files;

namespace MixMq.Transport.Tls;

/// <summary>Trusts what was issued under certain CAs, to the required name if there is one, and isn't revoked; nothing is fetched.</summary>
public abstract class ChainTrust : TrustPolicy
{
    private readonly RequiredName? _name;
    private readonly TrustVerdict _notIssued;

    private protected ChainTrust(RequiredName? name, Revocation? revocation, TrustVerdict notIssued)
    {
        Revocation = revocation;
        _name = name;
        _notIssued = notIssued;
    }

    /// <summary>How revocation is looked at; null: not at all.</summary>
    internal Revocation? Revocation { get; }

    private protected abstract X509Certificate2Collection Roots { get; }

    internal override IEnumerable<Reloadable> Reloadables(string peer) => Revocation?.Reloadables(peer) ?? [];

    private protected override TrustVerdict EvaluateKey(X509Certificate2 leaf, X509Certificate2Collection sent, DateTimeOffset now)
    {
        // First, since it costs little: who shows some certificate to a node with many peers must not cause a chain for each of them.
        if (_name is not null && !_name.IsIn(leaf))
        {
            return TrustVerdict.OtherName;
        }

        var roots = Roots;
        using var chain = new X509Chain();
        var policy = chain.ChainPolicy;
        policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        policy.CustomTrustStore.AddRange(roots);
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
                return Judge(chain, now);
            }

            // An expired leaf under the right CA: let the base class say so. An expired CA stays "not issued".
            var onlyLeafTime = chain.ChainElements.Count > 0
                && chain.ChainElements.Skip(1).All(element => element.ChainElementStatus.Length == 0)
                && chain.ChainElements[0].ChainElementStatus.All(status => status.Status == X509ChainStatusFlags.NotTimeValid);
            return onlyLeafTime ? Judge(chain, now) : _notIssued;
        }
        catch (CryptographicException)
        {
            return _notIssued;
        }
        finally
        {
            foreach (var element in chain.ChainElements)
            {
                if (!roots.Contains(element.Certificate))
                {
                    element.Certificate.Dispose();
                }
            }
        }
    }

    private TrustVerdict Judge(X509Chain chain, DateTimeOffset now) =>
        Revocation?.Judge([.. chain.ChainElements.Select(element => element.Certificate)], now) ?? TrustVerdict.Trusted;
}
