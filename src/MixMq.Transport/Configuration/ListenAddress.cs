using System.Net;

namespace MixMq.Transport.Configuration;

/// <summary>An address to listen on, as it is written in a configuration.</summary>
internal static class ListenAddress
{
    internal const string Form = "write address:port, such as 127.0.0.1:7400 or [::1]:7400";

    internal static bool TryParse(string text, out IPEndPoint endpoint) =>
        IPEndPoint.TryParse(text, out endpoint!) && text.Contains(':', StringComparison.Ordinal) && (endpoint.Port != 0 || text.EndsWith(":0", StringComparison.Ordinal));
}
