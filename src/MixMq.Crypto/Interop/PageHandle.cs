using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace MixMq.Crypto.Interop;

/// <summary>Anonymous pages of this process: zero when made, left out of core dumps, unmapped (and zeroed first, if asked) on release.</summary>
internal sealed class PageHandle : SafeHandle
{
    private readonly nuint _length;
    private readonly bool _zeroOnRelease;

    private PageHandle(nint address, nuint length, bool zeroOnRelease)
        : base(-1, ownsHandle: true)
    {
        _length = length;
        _zeroOnRelease = zeroOnRelease;
        SetHandle(address);
    }

    public override bool IsInvalid => handle is 0 or -1;

    /// <summary>Maps pages. With <paramref name="secret"/> they are locked into memory, wiped in a forked child, and zeroed on release.</summary>
    internal static PageHandle Map(nuint length, bool secret)
    {
        var flags = LibC.MapPrivate | LibC.MapAnonymous | (secret ? 0 : LibC.MapNoReserve);
        var address = LibC.Map(0, length, LibC.ProtRead | LibC.ProtWrite, flags, -1, 0);
        if (address == -1)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }

        // All advice is best effort: an unprivileged process may lock only RLIMIT_MEMLOCK bytes, and running without is better than not running.
        _ = LibC.Advise(address, length, LibC.AdviseDontDump);
        if (secret)
        {
            _ = LibC.Advise(address, length, LibC.AdviseWipeOnFork);
            _ = LibC.Lock(address, length);
        }

        return new PageHandle(address, length, secret);
    }

    protected override unsafe bool ReleaseHandle()
    {
        if (_zeroOnRelease)
        {
            CryptographicOperations.ZeroMemory(new Span<byte>((void*)handle, checked((int)_length)));
        }

        return LibC.Unmap(handle, _length) == 0;
    }
}
