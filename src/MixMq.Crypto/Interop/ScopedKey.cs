using System.Security.Cryptography;

namespace MixMq.Crypto.Interop;

/// <summary>
/// An EVP_PKEY that lives for one call. A ref struct rather than a SafeHandle: it can't outlive its frame, and a SafeHandle would be two
/// allocations for every packet. libcrypto cleanses the key when it is freed.
/// </summary>
internal readonly unsafe ref struct ScopedKey
{
    private ScopedKey(nint pointer)
    {
        if (pointer == 0)
        {
            LibCrypto.ClearErrors();
            throw new CryptographicException("libcrypto refused a key.");
        }

        Pointer = pointer;
    }

    internal nint Pointer { get; }

    internal static ScopedKey Private(int type, ReadOnlySpan<byte> key)
    {
        fixed (byte* k = key)
        {
            return new ScopedKey(LibCrypto.NewPrivateKey(type, 0, k, (nuint)key.Length));
        }
    }

    internal static ScopedKey Public(int type, ReadOnlySpan<byte> key)
    {
        fixed (byte* k = key)
        {
            return new ScopedKey(LibCrypto.NewPublicKey(type, 0, k, (nuint)key.Length));
        }
    }

    internal void CopyPublicTo(Span<byte> publicKey)
    {
        var length = (nuint)publicKey.Length;
        fixed (byte* p = publicKey)
        {
            if (LibCrypto.GetPublicKey(Pointer, p, &length) != 1 || length != (nuint)publicKey.Length)
            {
                LibCrypto.ClearErrors();
                throw new CryptographicException("libcrypto gave no public key.");
            }
        }
    }

    public void Dispose() => LibCrypto.FreeKey(Pointer);
}
