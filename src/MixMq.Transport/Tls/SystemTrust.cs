using System.Security.Cryptography.X509Certificates;

namespace MixMq.Transport.Tls;

/// <summary>Trusts what a CA of the system store issued to the required name. Those CAs issue to anybody, hence the name.</summary>
public sealed class SystemTrust : ChainTrust
{
    private readonly SystemStore _store;

    /// <summary>Trusts by the store as it is at each handshake.</summary>
    public SystemTrust(SystemStore store, RequiredName name)
        : base(name ?? throw new ArgumentNullException(nameof(name)), TrustVerdict.NotIssuedBySystem)
    {
        ArgumentNullException.ThrowIfNull(store);
        _store = store;
    }

    private protected override X509Certificate2Collection Roots => _store.Roots;
}
