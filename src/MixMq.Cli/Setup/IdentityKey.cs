using System.Buffers.Text;
using System.Security.Cryptography;
using MixMq.Crypto;
using MixMq.Sphinx;

namespace MixMq.Cli.Setup;

/// <summary>A node's identity as a file: the PKCS#8 PEM of an Ed25519 seed, what <c>openssl genpkey -algorithm ed25519</c> writes.</summary>
/// <remarks>Source: RFC 8410, section 7. The DER is always the same 16 bytes, then the seed.</remarks>
internal static class IdentityKey
{
    private static ReadOnlySpan<byte> DerPrefix =>
        [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

    /// <summary>Draws a key, writes it with mode 0600, and gives the node's address.</summary>
    /// <exception cref="IOException">The file is there already, or can't be written.</exception>
    public static NodeAddress Create(string path)
    {
        using var seed = SecretBytes.Random(Ed25519.SeedBytes, SystemRandomSource.Instance);
        Span<byte> publicKey = stackalloc byte[Ed25519.PublicKeyBytes];
        Ed25519.DerivePublic(seed.Span, publicKey);
        Span<byte> der = stackalloc byte[DerPrefix.Length + Ed25519.SeedBytes];
        Span<byte> pem = stackalloc byte[128];
        try
        {
            DerPrefix.CopyTo(der);
            seed.Span.CopyTo(der[DerPrefix.Length..]);
            "-----BEGIN PRIVATE KEY-----\n"u8.CopyTo(pem);
            var at = 28;
            Base64.EncodeToUtf8(der, pem[at..], out _, out var written);
            at += written;
            "\n-----END PRIVATE KEY-----\n"u8.CopyTo(pem[at..]);
            SecretFile.Create(path, pem[..(at + 27)]);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(der);
            CryptographicOperations.ZeroMemory(pem);
        }

        return NodeAddress.FromBytes(publicKey);
    }
}
