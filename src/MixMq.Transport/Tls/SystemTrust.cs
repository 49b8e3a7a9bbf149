using System.Security.Cryptography.X509Certificates;

namespace MixMq.Transport.Tls;

/// <summary>Trusts what a CA of the system store issued to the required name. Those CAs issue to anybody, hence the name.</summary>
public sealed class SystemTrust : ChainTrust
{

    /// <summary>Trusts by the store as it is at each handshake.</summary>
    public SystemTrust(SystemStore store, RequiredName name, Revocation? revocation = null)
        : base(name ?? throw new ArgumentNullException(nameof(name)), revocation, TrustVerdict.NotIssuedBySystem)
    {
        ArgumentNullException.ThrowIfNull(store);
        Store = store;
    }

    internal SystemStore Store { get; }

    private protected override X509Certificate2Collection Roots => Store.Roots;
}
