using System.Net.Security;
using MixMq.Overlay;
using MixMq.Transport.Links;

namespace MixMq.Transport.Tls;

/// <summary>A TLS connection whose certificates have been judged; what it carries is not authenticated as a node yet.</summary>
/// <param name="Stream">The encrypted stream; owns the socket.</param>
/// <param name="Budget">Bounds what is read until the peer is authenticated.</param>
/// <param name="Info">What the core needs to know.</param>
/// <param name="Remote">The certificate that the other side showed.</param>
internal sealed record TlsChannel(SslStream Stream, HandshakeBudgetStream Budget, ConnectionInfo Info, SeenCertificate Remote);
