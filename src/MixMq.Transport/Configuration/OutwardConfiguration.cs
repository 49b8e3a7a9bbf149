using MixMq.Transport.Dialling;
using MixMq.Transport.Keys;

namespace MixMq.Transport.Configuration;

/// <summary>Section <c>outward</c>: how the peers with <c>dial</c> are reached.</summary>
public sealed record OutwardConfiguration
{
    /// <summary>The way, <c>via</c>.</summary>
    public OutwardWay Way { get; init; }

    /// <summary>Where the proxy is, <c>proxy</c>; null without one.</summary>
    public DialTarget? Proxy { get; init; }

    /// <summary>What <c>credentialsFile</c> holds; null: none are offered.</summary>
    public ProxyCredentials? Credentials { get; init; }

    internal static OutwardConfiguration Read(ConfigurationReader reader)
    {
        var way = reader.OptionalValue<OutwardWay>("via", TryParseWay, "one of direct, socks5, connect, accept-only");
        var proxied = way is OutwardWay.Socks5 or OutwardWay.HttpConnect;
        var proxy = reader.OptionalValue<DialTarget>("proxy", DialTarget.TryParse, DialTarget.Form);
        var file = reader.OptionalPath("credentialsFile");
        if (proxied && !reader.Has("proxy"))
        {
            reader.Report("proxy", "is required with this via: host and port of the proxy");
        }
        else if (!proxied && (proxy is not null || file is not null))
        {
            reader.Report("", "has a proxy or credentials, but via says that no proxy is used; set via to socks5 or connect, or remove them");
        }

        return new OutwardConfiguration { Way = way, Proxy = proxy, Credentials = proxied && file is not null ? ReadCredentials(reader, file) : null };
    }

    private static ProxyCredentials? ReadCredentials(ConfigurationReader reader, string file)
    {
        try
        {
            var content = KeyFile.Read(file);
            try
            {
                if (ProxyCredentials.Parse(content) is { } credentials)
                {
                    return credentials;
                }

                reader.Report("credentialsFile", "must have two lines, user and password, of 1 to 255 bytes each, without control characters and without a colon in the user");
            }
            finally
            {
                KeyFile.Clear(content);
            }
        }
        catch (KeyFileException e)
        {
            reader.Report("credentialsFile", e.Message);
        }

        return null;
    }

    private static bool TryParseWay(string text, out OutwardWay way)
    {
        (var known, way) = text switch
        {
            "direct" => (true, OutwardWay.Direct),
            "socks5" => (true, OutwardWay.Socks5),
            "connect" => (true, OutwardWay.HttpConnect),
            "accept-only" => (true, OutwardWay.AcceptOnly),
            _ => (false, OutwardWay.Direct),
        };
        return known;
    }
}
