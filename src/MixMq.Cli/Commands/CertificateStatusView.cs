using System.Text.Json.Nodes;
using MixMq.Cli.Output;
using MixMq.Contracts.Control.V1;

namespace MixMq.Cli.Commands;

/// <summary>The node's certificate and its peers', as <c>status</c> shows them.</summary>
internal static class CertificateStatusView
{
    public static void Show(CommandOutput output, IEnumerable<CertificateStatus> certificates)
    {
        foreach (var certificate in certificates)
        {
            var own = certificate.Peer.Length == 0;
            if (own)
                output.Line($"TLS       certificate valid until {Clock.Show(certificate.NotAfterUnixMs)}");
            if (certificate.Warning.Length > 0)
                output.Line($"Warning   {(own ? "the node's own certificate" : "the certificate of " + TerminalText.Escape(certificate.Peer))}: {TerminalText.Escape(certificate.Warning)}");
        }
    }

    public static JsonArray ToJson(IEnumerable<CertificateStatus> certificates) => new([.. certificates.Select(certificate => new JsonObject
    {
        ["peer"] = certificate.Peer,
        ["pin"] = certificate.Pin,
        ["not_after_unix_ms"] = certificate.NotAfterUnixMs,
        ["warning"] = certificate.Warning,
    })]);
}
