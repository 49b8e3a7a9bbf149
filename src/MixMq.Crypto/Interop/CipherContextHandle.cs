using System.Runtime.InteropServices;

namespace MixMq.Crypto.Interop;

/// <summary>An EVP_CIPHER_CTX. libcrypto cleanses its key when it is freed.</summary>
internal sealed class CipherContextHandle : SafeHandle
{
    public CipherContextHandle()
        : base(0, ownsHandle: true)
    {
    }

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        LibCrypto.FreeCipherContext(handle);
        return true;
    }
}
