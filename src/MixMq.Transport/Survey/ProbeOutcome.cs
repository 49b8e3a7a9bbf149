using System.Collections.Immutable;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using MixMq.Transport.Tls;

namespace MixMq.Transport.Survey;

/// <summary>What came of a probe.</summary>
/// <param name="Stage">How far it came.</param>
/// <param name="Failure">What failed there; null: nothing.</param>
/// <param name="Error">With a failure to connect: the system's reason, where it gave one.</param>
/// <param name="Verdict">What the peer's trust setting says of the certificate that was shown; null: none was.</param>
/// <param name="Own">What the peer did when it had been shown this node's certificate.</param>
internal sealed record ProbeOutcome(ProbeStage Stage, TlsFailure? Failure = null, SocketError? Error = null, TrustVerdict? Verdict = null, RefusalOfOwn Own = RefusalOfOwn.None) : IDisposable
{
    /// <summary>The certificate that was shown, then what was sent with it.</summary>
    internal ImmutableArray<X509Certificate2> Shown { get; init; } = [];

    public void Dispose()
    {
        foreach (var certificate in Shown)
        {
            certificate.Dispose();
        }
    }
}
