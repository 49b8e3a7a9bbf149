using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MixMq.Transport.Files;

namespace MixMq.Transport.Tls;

/// <summary>Trusts what was issued under the certificates of one PEM file; nothing is fetched, and the system's CAs don't count.</summary>
public sealed class CaFileTrust : ChainTrust
{
    private readonly string? _file;
    private X509Certificate2Collection _roots;

    /// <summary>Trusts chains that end at one of <paramref name="roots"/>.</summary>
    /// <param name="roots">The CAs.</param>
    /// <param name="name">The name that the certificate must carry; null: any, where the CA is the peer's own.</param>
    /// <param name="revocation">How revocation is looked at; null: not at all.</param>
    /// <exception cref="ArgumentException"><paramref name="roots"/> is empty.</exception>
    public CaFileTrust(X509Certificate2Collection roots, RequiredName? name = null, Revocation? revocation = null)
        : base(name, revocation, TrustVerdict.NotIssuedByCa)
    {
        ArgumentNullException.ThrowIfNull(roots);
        ArgumentOutOfRangeException.ThrowIfZero(roots.Count, nameof(roots));
        _roots = roots;
    }

    private CaFileTrust(string file, X509Certificate2Collection roots, RequiredName? name, Revocation? revocation)
        : this(roots, name, revocation) => _file = file;

    private protected override X509Certificate2Collection Roots => Volatile.Read(ref _roots);

    /// <summary>The subjects of the CAs.</summary>
    internal IEnumerable<string> RootNames => Roots.Select(root => root.Subject);

    /// <summary>Loads the PEM file; false with a sentence for the operator when it can't be used.</summary>
    public static bool TryLoad(string file, RequiredName? name, Revocation? revocation, out CaFileTrust? trust, out string error)
    {
        trust = TryRead(file, out var roots, out error) ? new CaFileTrust(file, roots, name, revocation) : null;
        return trust is not null;
    }

    internal override IEnumerable<Reloadable> Reloadables(string peer) =>
        [.. base.Reloadables(peer), .. _file is null ? (Reloadable[])[] : [new Reloadable($"The CA file of {peer}", [_file], Take)]];

    private string? Take()
    {
        if (!TryRead(_file!, out var roots, out var error))
        {
            return error;
        }

        Volatile.Write(ref _roots, roots);
        return null;
    }

    private static bool TryRead(string file, out X509Certificate2Collection roots, out string error)
    {
        roots = [];
        try
        {
            roots.ImportFromPemFile(file);
            error = roots.Count == 0 ? $"'{file}' holds no PEM certificate" : "";
        }
        catch (CryptographicException)
        {
            error = $"'{file}' is not a PEM file of certificates";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            error = $"'{file}' can't be read; check that it exists and its permissions";
        }

        return error.Length == 0;
    }
}
