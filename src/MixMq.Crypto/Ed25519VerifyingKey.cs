using MixMq.Crypto.Interop;

namespace MixMq.Crypto;

/// <summary>An Ed25519 public key that verifies often: looked at once, and kept as libcrypto wants it.</summary>
/// <remarks>Reference: RFC 8032. Safe for any number of threads; disposing while another thread verifies lets that finish.</remarks>
public sealed class Ed25519VerifyingKey : IDisposable
{
    private readonly KeyHandle _key;

    private Ed25519VerifyingKey(KeyHandle key) => _key = key;

    /// <summary>Takes a key from anyone, if it can serve as an identity; see <see cref="Ed25519.IsValidPublicKey"/>.</summary>
    /// <param name="publicKey">Any bytes.</param>
    /// <returns>Null: it can't.</returns>
    public static Ed25519VerifyingKey? TryCreate(ReadOnlySpan<byte> publicKey) =>
        Ed25519.IsValidPublicKey(publicKey) ? new(KeyHandle.Public(LibCrypto.Ed25519Type, publicKey)) : null;

    /// <summary>Checks a signature.</summary>
    /// <param name="message">Any length.</param>
    /// <param name="signature">64 bytes; another length never verifies.</param>
    /// <returns>Whether the signature is this key's over that message.</returns>
    /// <exception cref="ObjectDisposedException">The key is gone.</exception>
    public bool Verify(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        if (signature.Length != Ed25519.SignatureBytes)
        {
            return false;
        }

        var held = false;
        try
        {
            _key.DangerousAddRef(ref held);
            return Ed25519.Verify(_key.DangerousGetHandle(), message, signature);
        }
        finally
        {
            if (held)
            {
                _key.DangerousRelease();
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();
}
