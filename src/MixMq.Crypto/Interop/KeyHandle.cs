using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace MixMq.Crypto.Interop;

/// <summary>An EVP_PKEY that is kept. libcrypto cleanses the key when it is freed.</summary>
internal sealed class KeyHandle : SafeHandle
{
    private KeyHandle(nint pointer)
        : base(0, ownsHandle: true)
    {
        if (pointer == 0)
        {
            LibCrypto.ClearErrors();
            throw new CryptographicException("libcrypto refused a key.");
        }

        SetHandle(pointer);
    }

    public override bool IsInvalid => handle == 0;

    internal static unsafe KeyHandle Private(int type, ReadOnlySpan<byte> key)
    {
        fixed (byte* k = key)
        {
            return new KeyHandle(LibCrypto.NewPrivateKey(type, 0, k, (nuint)key.Length));
        }
    }

    internal static unsafe KeyHandle Public(int type, ReadOnlySpan<byte> key)
    {
        fixed (byte* k = key)
        {
            return new KeyHandle(LibCrypto.NewPublicKey(type, 0, k, (nuint)key.Length));
        }
    }

    protected override bool ReleaseHandle()
    {
        LibCrypto.FreeKey(handle);
        return true;
    }
}
