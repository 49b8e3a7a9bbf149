using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MixMq.Transport.Tls;

/// <summary>Trusts what was issued under the certificates of one PEM file; nothing is fetched, and the system's CAs don't count.</summary>
public sealed class CaFileTrust : ChainTrust
{
    private readonly X509Certificate2Collection _roots;

    /// <summary>Trusts chains that end at one of <paramref name="roots"/>.</summary>
    /// <param name="roots">The CAs.</param>
    /// <param name="name">The name that the certificate must carry; null: any, where the CA is the peer's own.</param>
    /// <exception cref="ArgumentException"><paramref name="roots"/> is empty.</exception>
    public CaFileTrust(X509Certificate2Collection roots, RequiredName? name = null)
        : base(name, TrustVerdict.NotIssuedByCa)
    {
        ArgumentNullException.ThrowIfNull(roots);
        ArgumentOutOfRangeException.ThrowIfZero(roots.Count, nameof(roots));
        _roots = roots;
    }

    private protected override X509Certificate2Collection Roots => _roots;

    /// <summary>Loads the PEM file; false with a sentence for the operator when it can't be used.</summary>
    public static bool TryLoad(string file, RequiredName? name, out CaFileTrust? trust, out string error)
    {
        trust = null;
        try
        {
            var roots = new X509Certificate2Collection();
            roots.ImportFromPemFile(file);
            if (roots.Count == 0)
            {
                error = $"'{file}' holds no PEM certificate";
                return false;
            }

            trust = new CaFileTrust(roots, name);
            error = "";
            return true;
        }
        catch (CryptographicException)
        {
            error = $"'{file}' is not a PEM file of certificates";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            error = $"'{file}' can't be read; check that it exists and its permissions";
        }

        return false;
    }
}
