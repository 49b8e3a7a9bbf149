using System.Security.Cryptography;
using MixMq.Crypto;
using MixMq.Sphinx;
using MixMq.Transport.Keys;

namespace MixMq.Transport;

/// <summary>
/// A node's Ed25519 identity: the key that its address is. The seed lives in memory of its own and never leaves this type
/// but into the key file and into libcrypto's memory, where signing keeps it prepared. Signing is thread-safe; disposing while another thread signs is the caller's mistake.
/// </summary>
public sealed class NodeIdentity : IDisposable
{
    private readonly SecretBytes _seed;
    private readonly Ed25519SigningKey _key;

    private NodeIdentity(SecretBytes seed)
    {
        _seed = seed;
        _key = new Ed25519SigningKey(seed.Span);
        Span<byte> publicKey = stackalloc byte[Ed25519.PublicKeyBytes];
        Ed25519.DerivePublic(seed.Span, publicKey);
        Address = NodeAddress.FromBytes(publicKey);
    }

    /// <summary>The node's address.</summary>
    public NodeAddress Address { get; }

    /// <summary>Reads a key file: PKCS#8 PEM, as <c>openssl genpkey -algorithm ed25519</c> writes it, mode 0600 or stricter.</summary>
    /// <exception cref="KeyFileException">The file can't be used; the message says what to do.</exception>
    public static NodeIdentity Load(string keyFile)
    {
        ArgumentException.ThrowIfNullOrEmpty(keyFile);
        var pem = KeyFile.Read(keyFile);
        var seed = new SecretBytes(Ed25519.SeedBytes);
        try
        {
            if (!Ed25519PrivateKeyPem.TryParse(pem, seed.Span))
            {
                throw new KeyFileException(
                    $"key file '{keyFile}' is not an unencrypted Ed25519 private key in PEM (PKCS#8); make one with: openssl genpkey -algorithm ed25519");
            }

            return new NodeIdentity(seed);
        }
        catch
        {
            seed.Dispose();
            throw;
        }
        finally
        {
            KeyFile.Clear(pem);
        }
    }

    /// <summary>Makes a new identity that is in no file; for tests and short-lived networks.</summary>
    public static NodeIdentity Generate(IRandomSource random)
    {
        ArgumentNullException.ThrowIfNull(random);
        return new NodeIdentity(SecretBytes.Random(Ed25519.SeedBytes, random));
    }

    /// <summary>Makes a new identity and its key file (mode 0600, on disk when this returns); an existing file is never overwritten.</summary>
    /// <exception cref="KeyFileException">The file exists or can't be written.</exception>
    public static NodeIdentity Create(string keyFile)
    {
        ArgumentException.ThrowIfNullOrEmpty(keyFile);
        var identity = Generate(SystemRandomSource.Instance);
        var pem = Ed25519PrivateKeyPem.Format(identity._seed.Span);
        try
        {
            KeyFile.Create(keyFile, pem);
            return identity;
        }
        catch
        {
            identity.Dispose();
            throw;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(pem);
        }
    }

    /// <summary>Signs a message with the identity key. Thread-safe.</summary>
    /// <param name="message">What to sign; it must begin with a domain label.</param>
    /// <param name="signature">Receives 64 bytes.</param>
    public void Sign(ReadOnlySpan<byte> message, Span<byte> signature) => _key.Sign(message, signature);

    /// <inheritdoc/>
    public void Dispose()
    {
        _key.Dispose();
        _seed.Dispose();
    }
}
