using System.Security.Cryptography.X509Certificates;

namespace MixMq.Transport.Tls;

/// <summary>Trusts the certificates of one public key. Their dates count too: the owner said until when the key may be used.</summary>
public sealed class PinnedKeyTrust : TrustPolicy
{
    private readonly CertificatePin _pin;

    /// <summary>Trusts certificates whose key has this pin.</summary>
    public PinnedKeyTrust(CertificatePin pin) => _pin = pin;

    private protected override TrustVerdict EvaluateKey(X509Certificate2 leaf, X509Certificate2Collection sent, DateTimeOffset now) =>
        CertificatePin.Of(leaf) == _pin ? TrustVerdict.Trusted : TrustVerdict.OtherKey;
}
