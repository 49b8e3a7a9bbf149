using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MixMq.Crypto;
using MixMq.Overlay.Links;
using MixMq.Transport.Tls;

namespace MixMq.Transport.Handover;

/// <summary>
/// A certificate with its key as it is handed over (spec/04-links.md, section 8):
/// <code>
/// | offset | bytes | field                                                          |
/// | 0      | 1     | n, 1 to 8: certificates, the one to show first, then its issuers |
/// | 1      | …     | n times: u16 length, certificate in DER                        |
/// | …      | 2 + m | u16 length, the private key in PKCS#8, DER                     |
/// </code>
/// </summary>
internal static class CertificateMessage
{
    private const int MostCertificates = 8;

    /// <summary>False with a sentence for the operator when the certificate can't be handed over.</summary>
    internal static bool TryWrite(LocalCertificate certificate, [NotNullWhen(true)] out HandoverMessage? message, out string error)
    {
        message = null;
        error = "the certificate can't be handed over: with its intermediates and key it is longer than 64 KiB, there are more than 8, or its key can't be exported";
        using var buffer = new SecretBytes(LinkProtocol.HandedCertificateBytes);
        var sent = certificate.Sent;
        if (sent.Length > MostCertificates)
        {
            return false;
        }

        buffer.Span[0] = (byte)sent.Length;
        var length = 1;
        foreach (var item in sent)
        {
            var der = item.RawDataMemory.Span;
            if (der.Length > buffer.Length - length - sizeof(ushort) || der.Length > ushort.MaxValue)
            {
                return false;
            }

            BinaryPrimitives.WriteUInt16LittleEndian(buffer.Span[length..], (ushort)der.Length);
            der.CopyTo(buffer.Span[(length + sizeof(ushort))..]);
            length += sizeof(ushort) + der.Length;
        }

        if (buffer.Length - length < sizeof(ushort) || !TryExportKey(sent[0], buffer.Span[(length + sizeof(ushort))..], out var key) || key > ushort.MaxValue)
        {
            return false;
        }

        BinaryPrimitives.WriteUInt16LittleEndian(buffer.Span[length..], (ushort)key);
        message = new HandoverMessage(SecretBytes.CopyOf(buffer.Span[..(length + sizeof(ushort) + key)]));
        error = "";
        return true;
    }

    /// <summary>False with a sentence for the operator when what was handed over is no certificate with its key.</summary>
    internal static bool TryRead(ReadOnlySpan<byte> message, [NotNullWhen(true)] out LocalCertificate? certificate, out string error)
    {
        certificate = null;
        error = "what was handed over is no certificate with its private key (ECDSA or RSA)";
        var certificates = new X509Certificate2Collection();
        try
        {
            if (message.IsEmpty || message[0] is 0 or > MostCertificates)
            {
                return false;
            }

            var rest = message[1..];
            for (var i = 0; i < message[0]; i++)
            {
                if (!TryTake(ref rest, out var der))
                {
                    return false;
                }

                certificates.Add(X509CertificateLoader.LoadCertificate(der));
            }

            if (!TryTake(ref rest, out var key) || !rest.IsEmpty || WithKey(certificates[0], key) is not { } leaf)
            {
                return false;
            }

            certificates[0].Dispose();
            certificates.RemoveAt(0);
            certificate = new LocalCertificate(leaf, certificates);
            return true;
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException or NotSupportedException)
        {
            return false;
        }
        finally
        {
            if (certificate is null)
            {
                certificates.ToList().ForEach(loaded => loaded.Dispose());
            }
        }
    }

    private static bool TryTake(scoped ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> item)
    {
        item = default;
        if (rest.Length < sizeof(ushort) || rest.Length - sizeof(ushort) < BinaryPrimitives.ReadUInt16LittleEndian(rest))
        {
            return false;
        }

        item = rest.Slice(sizeof(ushort), BinaryPrimitives.ReadUInt16LittleEndian(rest));
        rest = rest[(sizeof(ushort) + item.Length)..];
        return true;
    }

    private static bool TryExportKey(X509Certificate2 certificate, Span<byte> into, out int length)
    {
        length = 0;
        try
        {
            using var key = (AsymmetricAlgorithm?)certificate.GetECDsaPrivateKey() ?? certificate.GetRSAPrivateKey();
            return key is not null && key.TryExportPkcs8PrivateKey(into, out length);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    /// <summary>Null where the certificate is for another kind of key.</summary>
    /// <exception cref="CryptographicException">The key is malformed.</exception>
    /// <exception cref="ArgumentException">It is not the certificate's.</exception>
    private static X509Certificate2? WithKey(X509Certificate2 certificate, ReadOnlySpan<byte> pkcs8)
    {
        using var ecdsa = certificate.GetECDsaPublicKey();
        if (ecdsa is not null)
        {
            using var key = ECDsa.Create();
            key.ImportPkcs8PrivateKey(pkcs8, out var used);
            return used == pkcs8.Length ? certificate.CopyWithPrivateKey(key) : null;
        }

        using var rsa = certificate.GetRSAPublicKey();
        if (rsa is null)
        {
            return null;
        }

        using var rsaKey = RSA.Create();
        rsaKey.ImportPkcs8PrivateKey(pkcs8, out var usedOfRsa);
        return usedOfRsa == pkcs8.Length ? certificate.CopyWithPrivateKey(rsaKey) : null;
    }
}
