using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace MixMq.Transport.Keys;

/// <summary>
/// PKCS#8 PEM of an Ed25519 seed, as <c>openssl genpkey -algorithm ed25519</c> writes it (RFC 8410, section 7):
/// <code>SEQUENCE { INTEGER 0, SEQUENCE { OID 1.3.101.112 }, OCTET STRING { OCTET STRING seed[32] } }</code>
/// The DER of such a key is always the same 16 bytes and then the seed, so it is compared, not parsed.
/// </summary>
internal static class Ed25519PrivateKeyPem
{
    internal const int SeedBytes = 32;
    private const string Label = "PRIVATE KEY";
    private const int PemBytes = 119;

    private static ReadOnlySpan<byte> DerPrefix =>
        [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

    /// <summary>Copies the seed out. False: not such a file.</summary>
    internal static bool TryParse(ReadOnlySpan<byte> pem, Span<byte> seed)
    {
        // PEM is ASCII; char and byte copies of the key are cleared on every way out.
        Span<char> text = pem.Length <= 4096 ? stackalloc char[pem.Length] : [];
        Span<byte> der = stackalloc byte[DerPrefix.Length + SeedBytes];
        try
        {
            if (text.IsEmpty || Encoding.ASCII.GetChars(pem, text) != pem.Length || !PemEncoding.TryFind(text, out var fields))
            {
                return false;
            }

            if (!text[fields.Label].SequenceEqual(Label)
                || fields.DecodedDataLength != der.Length
                || !Convert.TryFromBase64Chars(text[fields.Base64Data], der, out var written)
                || written != der.Length
                || !der.StartsWith(DerPrefix))
            {
                return false;
            }

            der[DerPrefix.Length..].CopyTo(seed);
            return true;
        }
        finally
        {
            text.Clear();
            CryptographicOperations.ZeroMemory(der);
        }
    }

    /// <summary>Writes the PEM text; the caller clears it.</summary>
    internal static byte[] Format(ReadOnlySpan<byte> seed)
    {
        if (seed.Length != SeedBytes)
        {
            throw new ArgumentException("An Ed25519 seed has 32 bytes.", nameof(seed));
        }

        Span<byte> der = stackalloc byte[DerPrefix.Length + SeedBytes];
        DerPrefix.CopyTo(der);
        seed.CopyTo(der[DerPrefix.Length..]);
        var pem = GC.AllocateUninitializedArray<byte>(PemBytes, pinned: true);
        var at = 0;
        Append("-----BEGIN PRIVATE KEY-----\n"u8, pem, ref at);
        Base64.EncodeToUtf8(der, pem.AsSpan(at), out _, out var written);
        at += written;
        Append("\n-----END PRIVATE KEY-----\n"u8, pem, ref at);
        CryptographicOperations.ZeroMemory(der);
        return at == PemBytes ? pem : throw new InvalidOperationException("The PEM form of an Ed25519 key has a fixed length.");
    }

    private static void Append(ReadOnlySpan<byte> part, byte[] pem, ref int at)
    {
        part.CopyTo(pem.AsSpan(at));
        at += part.Length;
    }
}
