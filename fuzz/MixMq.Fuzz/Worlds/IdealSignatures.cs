using System.Security.Cryptography;
using MixMq.Crypto;
using MixMq.Sphinx;

namespace MixMq.Fuzz.Worlds;

/// <summary>
/// Signatures that anyone could forge and nobody does by chance: SHA-512 of signer and message. For cores, which ask for signatures and never look
/// inside; a thousandth of the price of real ones, so the fuzzer gets to what comes after them.
/// </summary>
internal static class IdealSignatures
{
    public static byte[] Sign(NodeAddress signer, ReadOnlySpan<byte> message)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA512);
        hash.AppendData(signer.ToArray());
        hash.AppendData(message);
        return hash.GetHashAndReset();
    }

    public static bool Verify(NodeAddress signer, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
        signature.Length == Ed25519.SignatureBytes && Sign(signer, message).AsSpan().SequenceEqual(signature);
}
