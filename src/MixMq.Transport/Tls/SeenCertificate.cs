namespace MixMq.Transport.Tls;

/// <summary>What is remembered of a certificate that a peer showed.</summary>
/// <param name="Pin">Pin of its key.</param>
/// <param name="NotAfter">End of its validity.</param>
internal sealed record SeenCertificate(CertificatePin Pin, DateTimeOffset NotAfter);
