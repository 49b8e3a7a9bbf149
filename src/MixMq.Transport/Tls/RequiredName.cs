using System.Security.Cryptography.X509Certificates;

namespace MixMq.Transport.Tls;

/// <summary>The name that a peer's certificate must carry, where its CA issues for others too. Immutable, thread-safe.</summary>
public abstract class RequiredName
{
    private protected RequiredName()
    {
    }

    /// <summary>Whether the certificate carries the name. A certificate whose names can't be read carries none; never throws for what a peer can show.</summary>
    public abstract bool IsIn(X509Certificate2 certificate);
}
