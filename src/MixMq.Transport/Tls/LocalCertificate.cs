using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MixMq.Transport.Keys;

namespace MixMq.Transport.Tls;

/// <summary>The certificate that a node shows in both TLS roles, with its key and the intermediates it sends along. Thread-safe.</summary>
public sealed class LocalCertificate : IDisposable
{
    private readonly X509Certificate2 _leaf;
    private readonly byte[] _hash;

    /// <summary>Takes ownership of the certificate.</summary>
    /// <param name="leaf">Certificate with private key.</param>
    /// <param name="intermediates">Certificates to send along; may be empty.</param>
    /// <exception cref="ArgumentException">The certificate has no private key.</exception>
    public LocalCertificate(X509Certificate2 leaf, X509Certificate2Collection intermediates)
    {
        ArgumentNullException.ThrowIfNull(leaf);
        if (!leaf.HasPrivateKey)
        {
            throw new ArgumentException("The certificate needs its private key.", nameof(leaf));
        }

        _leaf = leaf;
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
            var certificates = new X509Certificate2Collection();
            certificates.ImportFromPemFile(certificateFile);
            if (certificates.Count == 0)
            {
                throw new KeyFileException($"'{certificateFile}' holds no PEM certificate");
            }

            keyText = GC.AllocateUninitializedArray<char>(Encoding.UTF8.GetCharCount(key), pinned: true);
            Encoding.UTF8.GetChars(key, keyText);
            X509Certificate2 leaf;
            try
            {
                leaf = X509Certificate2.CreateFromPem(certificates[0].ExportCertificatePem(), keyText);
            }
            catch (Exception e) when (e is CryptographicException or ArgumentException)
            {
                throw new KeyFileException($"'{keyFile}' is not the unencrypted PEM private key of the first certificate in '{certificateFile}'", e);
            }

            certificates[0].Dispose();
            certificates.RemoveAt(0);
            return new LocalCertificate(leaf, certificates);
        }
        catch (CryptographicException e)
        {
            throw new KeyFileException($"'{certificateFile}' is not a PEM file of certificates", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KeyFileException($"'{certificateFile}' can't be read; check that it exists and its permissions", e);
        }
        finally
        {
            KeyFile.Clear(key);
            keyText.AsSpan().Clear();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _leaf.Dispose();
}
