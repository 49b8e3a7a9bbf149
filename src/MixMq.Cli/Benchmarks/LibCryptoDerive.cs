using System.Runtime.InteropServices;

namespace MixMq.Cli.Benchmarks;

/// <summary>
/// What everything is measured against: <c>EVP_PKEY_derive</c> of libcrypto with X25519, its keys and context ready. It is what <c>openssl speed
/// ecdhx25519</c> measures, and nothing else; making the keys, which any use of it must, costs as much again.
/// </summary>
internal sealed unsafe partial class LibCryptoDerive : IDisposable
{
    private const int X25519Type = 1034; // NID_X25519
    private const string Library = "libcrypto.so.3";
    private readonly nint _own;
    private readonly nint _peer;
    private readonly nint _context;

    public LibCryptoDerive(ReadOnlySpan<byte> secret, ReadOnlySpan<byte> u)
    {
        fixed (byte* s = secret, p = u)
        {
            _own = NewPrivateKey(X25519Type, 0, s, (nuint)secret.Length);
            _peer = NewPublicKey(X25519Type, 0, p, (nuint)u.Length);
        }

        _context = NewKeyContext(_own, 0);
        if (_context == 0 || DeriveInit(_context) != 1 || DeriveSetPeer(_context, _peer) != 1)
            throw new InvalidOperationException("libcrypto could not prepare X25519.");
    }

    public void Run()
    {
        var shared = stackalloc byte[32];
        var length = (nuint)32;
        if (Derive(_context, shared, &length) != 1)
            throw new InvalidOperationException("libcrypto could not derive.");
    }

    public void Dispose()
    {
        FreeKeyContext(_context);
        FreeKey(_peer);
        FreeKey(_own);
    }

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_new_raw_private_key")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint NewPrivateKey(int type, nint engine, byte* key, nuint length);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_new_raw_public_key")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint NewPublicKey(int type, nint engine, byte* key, nuint length);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_free")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial void FreeKey(nint key);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_CTX_new")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint NewKeyContext(nint key, nint engine);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_CTX_free")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial void FreeKeyContext(nint context);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_derive_init")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int DeriveInit(nint context);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_derive_set_peer")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int DeriveSetPeer(nint context, nint peer);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_derive")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Derive(nint context, byte* secret, nuint* length);
}
