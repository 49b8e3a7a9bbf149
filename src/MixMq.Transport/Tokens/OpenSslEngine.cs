using System.Runtime.InteropServices;
using System.Security.Cryptography;
using MixMq.Transport.Keys;

namespace MixMq.Transport.Tokens;

/// <summary>
/// openssl/engine.h of OpenSSL 3, as far as .NET has no way to it: libp11's engine <c>pkcs11</c> is told its module and the PIN. One engine object serves the process, the same one that .NET opens keys with.
/// </summary>
internal static unsafe partial class OpenSslEngine
{
    internal const string Name = "pkcs11";
    private const string Library = "libcrypto.so.3";

    /// <summary>Tells the engine where keys are. What it was told before stays with keys that are in use.</summary>
    /// <param name="modulePath">The PKCS#11 module.</param>
    /// <param name="pin">Ends with a zero byte. The engine keeps a copy, for when the token wants it again.</param>
    /// <exception cref="KeyFileException">It isn't installed.</exception>
    internal static void Configure(string modulePath, ReadOnlySpan<byte> pin)
    {
        var engine = ById(Name);
        try
        {
            fixed (byte* p = pin)
            {
                // Quiet: what goes wrong is found before the engine is asked, and its own words would go to standard error.
                if (engine == 0 || Command(engine, "MODULE_PATH", modulePath, 0) != 1 || Command(engine, "QUIET", null, 1) != 1 || CommandBytes(engine, "PIN", p, 0) != 1)
                {
                    throw new KeyFileException("a key in a token needs OpenSSL's engine 'pkcs11', which can't be loaded; install it (Debian, Ubuntu: apt install libengine-pkcs11-openssl)") { Code = "no-engine" };
                }
            }
        }
        finally
        {
            ClearErrors();
            if (engine != 0)
            {
                _ = Free(engine);
            }
        }
    }

    /// <summary>The private key; it stays in the token.</summary>
    /// <exception cref="CryptographicException">The engine can't use it.</exception>
    internal static SafeEvpPKeyHandle Open(TokenUri uri) => SafeEvpPKeyHandle.OpenPrivateKeyFromEngine(Name, uri.Path);

    [LibraryImport(Library, EntryPoint = "ENGINE_by_id", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint ById(string id);

    [LibraryImport(Library, EntryPoint = "ENGINE_ctrl_cmd_string", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Command(nint engine, string name, string? argument, int optional);

    [LibraryImport(Library, EntryPoint = "ENGINE_ctrl_cmd_string", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int CommandBytes(nint engine, string name, byte* argument, int optional);

    [LibraryImport(Library, EntryPoint = "ENGINE_free")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Free(nint engine);

    [LibraryImport(Library, EntryPoint = "ERR_clear_error")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial void ClearErrors();
}
