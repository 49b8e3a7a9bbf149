using System.Collections.Immutable;
using System.Formats.Asn1;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MixMq.Transport.Keys;
using MixMq.Transport.Tokens;

namespace MixMq.Transport.Tls;

/// <summary>The certificate that a node shows in both TLS roles, with its key and the intermediates it sends along. Thread-safe.</summary>
public sealed class LocalCertificate : IDisposable
{
    private readonly X509Certificate2 _leaf;
    private readonly ImmutableArray<X509Certificate2> _intermediates;
    private readonly byte[] _hash;

    /// <summary>Takes ownership of the certificate.</summary>
    /// <param name="leaf">Certificate with private key.</param>
    /// <param name="intermediates">Certificates to send along; may be empty.</param>
    /// <exception cref="ArgumentException">The certificate has no private key.</exception>
    public LocalCertificate(X509Certificate2 leaf, X509Certificate2Collection intermediates)
    {
        ArgumentNullException.ThrowIfNull(leaf);
        ArgumentNullException.ThrowIfNull(intermediates);
        if (!leaf.HasPrivateKey)
        {
            throw new ArgumentException("The certificate needs its private key.", nameof(leaf));
        }

        _leaf = leaf;
        _intermediates = [.. intermediates];
        _hash = SHA256.HashData(leaf.RawDataMemory.Span);

        // Offline: building the context must not fetch anything.
        Context = SslStreamCertificateContext.Create(leaf, intermediates, offline: true);
    }

    /// <summary>SHA-256 of the leaf's DER.</summary>
    public ReadOnlySpan<byte> Hash => _hash;

    /// <summary>The pin that peers may configure.</summary>
    public CertificatePin Pin => CertificatePin.Of(_leaf);

    /// <summary>End of the certificate's validity.</summary>
    public DateTimeOffset NotAfter => new(_leaf.NotAfter.ToUniversalTime());

    /// <summary>The first end of validity among the certificate and the intermediates that are sent with it.</summary>
    internal DateTimeOffset UsableUntil => Way().Min(certificate => new DateTimeOffset(certificate.NotAfter.ToUniversalTime()));

    /// <summary>The certificate, then the intermediates that lead from it to its CA.</summary>
    internal ImmutableArray<X509Certificate2> Sent => [.. Way()];

    internal SslStreamCertificateContext Context { get; }

    /// <summary>Loads leaf and intermediates from one PEM file and the key from another.</summary>
    /// <param name="certificateFile">PEM certificates, the node's own first.</param>
    /// <param name="keyFile">PEM private key (PKCS#8, EC or RSA), mode 0600 or stricter.</param>
    /// <exception cref="KeyFileException">One of the files can't be used; the message says which and why.</exception>
    public static LocalCertificate Load(string certificateFile, string keyFile)
    {
        var key = KeyFile.Read(keyFile);
        char[]? keyText = null;
        try
        {
            return LoadPem(
                certificateFile,
                certificate =>
                {
                    keyText = Decode(key);
                    try
                    {
                        return X509Certificate2.CreateFromPem(certificate.ExportCertificatePem(), keyText);
                    }
                    catch (Exception e) when (e is CryptographicException or ArgumentException)
                    {
                        throw new KeyFileException($"'{keyFile}' is not the unencrypted PEM private key of the first certificate in '{certificateFile}'", e);
                    }
                });
        }
        finally
        {
            KeyFile.Clear(key);
            keyText.AsSpan().Clear();
        }
    }

    /// <summary>Loads leaf and intermediates from a PEM file; the key stays in a PKCS#11 token.</summary>
    /// <param name="certificateFile">PEM certificates, the node's own first.</param>
    /// <param name="key">Where the key is.</param>
    /// <exception cref="KeyFileException">A file or the key can't be used; the message says which and why.</exception>
    public static LocalCertificate LoadWithToken(string certificateFile, TokenUri key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return LoadPem(certificateFile, certificate => TokenKey.Join(certificate, certificateFile, key));
    }

    /// <summary>Loads leaf, key and intermediates from a PKCS#12 file.</summary>
    /// <param name="file">PKCS#12 with one private key and its certificate; mode 0600 or stricter.</param>
    /// <param name="passwordFile">Its password in UTF-8, up to the first line's end; mode 0600 or stricter.</param>
    /// <exception cref="KeyFileException">One of the files can't be used; the message says which and why.</exception>
    public static LocalCertificate LoadPkcs12(string file, string passwordFile)
    {
        var content = KeyFile.Read(file);
        byte[] passwordBytes = [];
        char[]? password = null;
        try
        {
            passwordBytes = KeyFile.Read(passwordFile);
            password = Decode(passwordBytes);
            var line = password.AsSpan();
            var end = line.IndexOfAny('\r', '\n');
            X509Certificate2Collection certificates;
            try
            {
                certificates = X509CertificateLoader.LoadPkcs12Collection(content, end < 0 ? line : line[..end]);
            }
            catch (CryptographicException e)
            {
                throw new KeyFileException(
                    $"'{file}' does not open with the first line of '{passwordFile}' as password, or is no PKCS#12 file in a present-day cipher (openssl pkcs12 -export makes one)", e);
            }

            var own = certificates.Where(certificate => certificate.HasPrivateKey).ToList();
            if (own.Count != 1 || !HasItsKey(own[0]))
            {
                foreach (var certificate in certificates)
                {
                    certificate.Dispose();
                }

                throw new KeyFileException(
                    own.Count == 1
                        ? $"the private key in '{file}' is not that of its certificate"
                        : $"'{file}' must hold one certificate with its private key, and may hold intermediates; it has {own.Count} with a key");
            }

            certificates.Remove(own[0]);
            return Linked(own[0], certificates, file);
        }
        finally
        {
            KeyFile.Clear(content);
            KeyFile.Clear(passwordBytes);
            password.AsSpan().Clear();
        }
    }

    /// <summary>What a peer would refuse it for; null: nothing.</summary>
    internal string? FaultAt(DateTimeOffset now)
    {
        var sent = Way().ToList();
        return sent.Any(certificate => now.UtcDateTime > certificate.NotAfter.ToUniversalTime()) ? "it, or an intermediate that is sent with it, has expired"
            : sent.Any(certificate => now.UtcDateTime < certificate.NotBefore.ToUniversalTime()) ? "it, or an intermediate that is sent with it, is not valid yet"
            : null;
    }

    /// <inheritdoc/>
    public void Dispose() => _leaf.Dispose();

    private static LocalCertificate LoadPem(string certificateFile, Func<X509Certificate2, X509Certificate2> withKey)
    {
        try
        {
            var certificates = new X509Certificate2Collection();
            certificates.ImportFromPemFile(certificateFile);
            if (certificates.Count == 0)
            {
                throw new KeyFileException($"'{certificateFile}' holds no PEM certificate");
            }

            var leaf = withKey(certificates[0]);
            certificates[0].Dispose();
            certificates.RemoveAt(0);
            return Linked(leaf, certificates, certificateFile);
        }
        catch (CryptographicException e)
        {
            throw new KeyFileException($"'{certificateFile}' is not a PEM file of certificates", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KeyFileException($"'{certificateFile}' can't be read; check that it exists and its permissions", e);
        }
    }

    private static LocalCertificate Linked(X509Certificate2 leaf, X509Certificate2Collection intermediates, string file)
    {
        var loaded = new LocalCertificate(leaf, intermediates);
        if (intermediates.Count > 0 && loaded.Way().Count() == 1)
        {
            loaded.Dispose();
            throw new KeyFileException($"none of the further certificates in '{file}' issued the node's own; put its intermediates there, or nothing");
        }

        return loaded;
    }

    /// <summary>The leaf, then its issuer among the intermediates, then that one's, as far as they go.</summary>
    private IEnumerable<X509Certificate2> Way()
    {
        var left = _intermediates.ToList();
        var last = _leaf;
        yield return last;
        while (left.Find(candidate => Issued(candidate, last)) is { } issuer)
        {
            left.Remove(issuer);
            last = issuer;
            yield return last;
        }
    }

    private static bool Issued(X509Certificate2 issuer, X509Certificate2 certificate)
    {
        try
        {
            // By an algorithm that isn't known here: the name decides, and the peer will say.
            return issuer.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData)
                && SignedDer.Parse(certificate.RawDataMemory).IsSignedBy(issuer.PublicKey) != false;
        }
        catch (Exception e) when (e is AsnContentException or CryptographicException or NotSupportedException)
        {
            return false;
        }
    }

    private static bool HasItsKey(X509Certificate2 certificate)
    {
        try
        {
            using var key = (AsymmetricAlgorithm?)certificate.GetECDsaPrivateKey() ?? certificate.GetRSAPrivateKey();
            return key is not null && key.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(certificate.PublicKey.ExportSubjectPublicKeyInfo());
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    private static char[] Decode(byte[] text)
    {
        var decoded = GC.AllocateUninitializedArray<char>(Encoding.UTF8.GetCharCount(text), pinned: true);
        Encoding.UTF8.GetChars(text, decoded);
        return decoded;
    }
}
