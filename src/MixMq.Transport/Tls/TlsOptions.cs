using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace MixMq.Transport.Tls;

/// <summary>The one way MixMq speaks TLS: version 1.3, mutual, never resumed, nothing fetched, in both roles alike.</summary>
internal static class TlsOptions
{
    /// <summary>
    /// Sent as server name in every handshake: a fixed word, since the peer's name in a certificate isn't looked at and a
    /// host name would tell an observer more than the address does.
    /// </summary>
    private const string ServerName = "mixmq";

    internal static SslServerAuthenticationOptions Server(LocalCertificate certificate, RemoteCertificateValidationCallback validate) => new()
    {
        ServerCertificateContext = certificate.Context,
        ClientCertificateRequired = true,
        EnabledSslProtocols = SslProtocols.Tls13,
        EncryptionPolicy = EncryptionPolicy.RequireEncryption,
        AllowRenegotiation = false,
        AllowTlsResume = false,
        CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        CertificateChainPolicy = Unjudged(),
        RemoteCertificateValidationCallback = validate,
    };

    internal static SslClientAuthenticationOptions Client(LocalCertificate certificate, RemoteCertificateValidationCallback validate) => new()
    {
        TargetHost = ServerName,
        ClientCertificateContext = certificate.Context,
        EnabledSslProtocols = SslProtocols.Tls13,
        EncryptionPolicy = EncryptionPolicy.RequireEncryption,
        AllowRenegotiation = false,
        AllowTlsResume = false,
        CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        CertificateChainPolicy = Unjudged(),
        RemoteCertificateValidationCallback = validate,
    };

    /// <summary>
    /// SslStream builds a chain before it asks the callback. This policy keeps that cheap and off the network; the verdict
    /// is the callback's alone, by the trust policies of the configured peers.
    /// </summary>
    private static X509ChainPolicy Unjudged() => new()
    {
        TrustMode = X509ChainTrustMode.CustomRootTrust,
        RevocationMode = X509RevocationMode.NoCheck,
        DisableCertificateDownloads = true,
        VerificationFlags = X509VerificationFlags.AllFlags,
    };
}
