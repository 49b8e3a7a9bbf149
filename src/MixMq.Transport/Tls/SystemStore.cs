using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MixMq.Transport.Files;

namespace MixMq.Transport.Tls;

/// <summary>
/// The CAs that the machine's administrator trusts: OpenSSL's default file and folder, or those that the environment variables
/// <c>SSL_CERT_FILE</c> and <c>SSL_CERT_DIR</c> name. CAs that a user's own .NET store adds don't count. Thread-safe.
/// </summary>
public sealed class SystemStore
{
    private static readonly Lock Opening = new();
    private static SystemStore? s_ofProcess;
    private readonly Func<X509Certificate2Collection> _read;
    private X509Certificate2Collection _roots;

    /// <summary>A store with other contents, for tests.</summary>
    internal SystemStore(Func<X509Certificate2Collection> read)
    {
        _read = read;
        _roots = read();
    }

    /// <summary>The store, taken again when it has changed. .NET notices a change within minutes.</summary>
    internal Reloadable Reloadable => new("The system store of CAs", [], () => HashOf(_read()), Take);

    internal X509Certificate2Collection Roots => Volatile.Read(ref _roots);

    /// <summary>The process's store, read when it is first asked for; false with a sentence for the operator when there is nothing in it.</summary>
    public static bool TryOpen(out SystemStore? store, out string error)
    {
        lock (Opening)
        {
            try
            {
                s_ofProcess ??= new SystemStore(Read) is { Roots.Count: > 0 } read ? read : null;
                error = s_ofProcess is not null
                    ? ""
                    : "the system store holds no CA; install the distribution's CA certificates (ca-certificates), or name a file with the environment variable SSL_CERT_FILE";
            }
            catch (CryptographicException)
            {
                error = "the system store of CAs can't be read";
            }

            store = s_ofProcess;
            return store is not null;
        }
    }

    private static byte[] HashOf(X509Certificate2Collection roots)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var root in roots.OrderBy(root => root.Thumbprint, StringComparer.Ordinal))
        {
            hash.AppendData(root.RawDataMemory.Span);
        }

        return hash.GetHashAndReset();
    }

    private string? Take()
    {
        var roots = _read();
        if (roots.Count == 0)
        {
            return "it holds no CA any more";
        }

        Volatile.Write(ref _roots, roots);
        return null;
    }

    private static X509Certificate2Collection Read()
    {
        // The machine's store is what .NET finds where libcrypto looks, the two variables included.
        using var store = new X509Store(StoreName.Root, StoreLocation.LocalMachine);
        store.Open(OpenFlags.ReadOnly | OpenFlags.OpenExistingOnly);
        return store.Certificates;
    }
}
