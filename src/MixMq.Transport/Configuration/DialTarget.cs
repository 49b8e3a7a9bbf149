using System.Globalization;
using System.Net;

namespace MixMq.Transport.Configuration;

/// <summary>Where a peer is dialled: host name or IP address, and port.</summary>
/// <param name="Host">Host name, IPv4 address, or IPv6 address without brackets.</param>
/// <param name="Port">1 to 65535.</param>
public sealed record DialTarget(string Host, int Port)
{
    /// <summary>How it is written, for error messages.</summary>
    public const string Form = "write host:port, such as relay.example.org:7400 or [2001:db8::1]:7400";

    /// <summary>Parses <c>host:port</c>; an IPv6 address stands in brackets.</summary>
    public static bool TryParse(string text, out DialTarget target)
    {
        ArgumentNullException.ThrowIfNull(text);
        target = null!;
        var colon = text.LastIndexOf(':');
        if (colon <= 0
            || !int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            || port is < 1 or > 65535)
        {
            return false;
        }

        var host = text[..colon];
        if (host[0] == '[' && host[^1] == ']' && IPAddress.TryParse(host.AsSpan(1, host.Length - 2), out var six))
        {
            host = six.ToString();
        }
        else if (host.Length > 253 || Uri.CheckHostName(host) is not (UriHostNameType.Dns or UriHostNameType.IPv4))
        {
            return false;
        }

        target = new DialTarget(host, port);
        return true;
    }
}
