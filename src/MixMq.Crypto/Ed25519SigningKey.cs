using MixMq.Crypto.Interop;

namespace MixMq.Crypto;

/// <summary>
/// An Ed25519 private key that signs often. Making a key of a seed costs libcrypto more than signing does, for it computes the public key; this does it once.
/// The key lies in libcrypto's memory, which is cleansed when this is disposed of.
/// </summary>
/// <remarks>Reference: RFC 8032. Safe for any number of threads; disposing while another thread signs lets that signature finish.</remarks>
public sealed class Ed25519SigningKey : IDisposable
{
    private readonly KeyHandle _key;

    /// <summary>Takes the key of a seed.</summary>
    /// <param name="seed">32 bytes, secret; still the caller's to clear.</param>
    /// <exception cref="ArgumentException">The length is wrong.</exception>
    public Ed25519SigningKey(ReadOnlySpan<byte> seed)
    {
        Lengths.Require(seed, Ed25519.SeedBytes);
        _key = KeyHandle.Private(LibCrypto.Ed25519Type, seed);
    }

    /// <summary>Signs a message as <see cref="Ed25519.Sign(ReadOnlySpan{byte}, ReadOnlySpan{byte}, Span{byte})"/> does.</summary>
    /// <param name="message">Any length.</param>
    /// <param name="signature">64 bytes, overwritten.</param>
    /// <exception cref="ArgumentException">The length is wrong.</exception>
    /// <exception cref="ObjectDisposedException">The key is gone.</exception>
    public void Sign(ReadOnlySpan<byte> message, Span<byte> signature)
    {
        var held = false;
        try
        {
            _key.DangerousAddRef(ref held);
            Ed25519.Sign(_key.DangerousGetHandle(), message, signature);
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
