using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MixMq.Transport.Tls;

/// <summary>
/// The outer form that certificates and revocation lists share (RFC 5280, sections 4.1 and 5.1):
/// <code>SEQUENCE { what is signed, SEQUENCE { algorithm OID, parameters }, BIT STRING signature }</code>
/// </summary>
/// <param name="Signed">The DER of what is signed.</param>
/// <param name="Algorithm">The signature algorithm's OID.</param>
/// <param name="Signature">The signature.</param>
internal readonly record struct SignedDer(ReadOnlyMemory<byte> Signed, string Algorithm, ReadOnlyMemory<byte> Signature)
{
    /// <exception cref="AsnContentException">It has another form.</exception>
    internal static SignedDer Parse(ReadOnlyMemory<byte> der)
    {
        var reader = new AsnReader(der, AsnEncodingRules.DER);
        var outer = reader.ReadSequence();
        reader.ThrowIfNotEmpty();
        var signed = outer.ReadEncodedValue();
        var algorithm = outer.ReadSequence().ReadObjectIdentifier();
        var signature = outer.ReadBitString(out var unused);
        outer.ThrowIfNotEmpty();
        if (unused != 0)
        {
            throw new AsnContentException("A signature is whole bytes.");
        }

        return new SignedDer(signed, algorithm, signature);
    }

    /// <summary>Whether the key made the signature; null: by an algorithm that isn't known here (known: RSA PKCS#1 and ECDSA, with SHA-2).</summary>
    internal bool? IsSignedBy(PublicKey key)
    {
        switch (Algorithm)
        {
            case "1.2.840.113549.1.1.11":
                return Rsa(key, HashAlgorithmName.SHA256);
            case "1.2.840.113549.1.1.12":
                return Rsa(key, HashAlgorithmName.SHA384);
            case "1.2.840.113549.1.1.13":
                return Rsa(key, HashAlgorithmName.SHA512);
            case "1.2.840.10045.4.3.2":
                return Ecdsa(key, HashAlgorithmName.SHA256);
            case "1.2.840.10045.4.3.3":
                return Ecdsa(key, HashAlgorithmName.SHA384);
            case "1.2.840.10045.4.3.4":
                return Ecdsa(key, HashAlgorithmName.SHA512);
            default:
                return null;
        }
    }

    private bool Rsa(PublicKey key, HashAlgorithmName hash)
    {
        using var rsa = key.GetRSAPublicKey();
        return rsa is not null && rsa.VerifyData(Signed.Span, Signature.Span, hash, RSASignaturePadding.Pkcs1);
    }

    private bool Ecdsa(PublicKey key, HashAlgorithmName hash)
    {
        using var ecdsa = key.GetECDsaPublicKey();
        return ecdsa is not null && ecdsa.VerifyData(Signed.Span, Signature.Span, hash, DSASignatureFormat.Rfc3279DerSequence);
    }
}
