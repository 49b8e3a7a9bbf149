using System.Collections.Immutable;
using System.Net;

namespace MixMq.Transport.Configuration;

/// <summary>Section <c>health</c>: what a load balancer asks, and where it asks from.</summary>
public sealed record HealthConfiguration
{
    private const int MaxPhraseLength = 128;

    /// <summary>Where to answer, <c>listen</c>; null: nowhere.</summary>
    public IPEndPoint? Listen { get; init; }

    /// <summary>What a healthy node says, <c>phrase</c>; a line end follows.</summary>
    public string Phrase { get; init; } = "healthy";

    /// <summary>What another one says, <c>otherwise</c>; empty: it closes without a word.</summary>
    public string Otherwise { get; init; } = "";

    /// <summary>Addresses of probes, <c>silenced</c>: what they do at the peers' ports before TLS is up is neither logged nor counted nor audited.</summary>
    public ImmutableArray<IPNetwork> Silenced { get; init; } = [];

    internal static HealthConfiguration Read(ConfigurationReader reader)
    {
        var listen = reader.OptionalValue<IPEndPoint>("listen", ListenAddress.TryParse, ListenAddress.Form);
        var phrase = reader.OptionalValue<string>("phrase", TryParsePhrase, PhraseForm) ?? "healthy";
        var otherwise = reader.OptionalValue<string>("otherwise", TryParsePhrase, PhraseForm) ?? "";
        var silenced = reader.Values<IPNetwork>("silenced", TryParseNetwork, "write an address or a network, such as 192.0.2.9 or 192.0.2.0/24");
        if (phrase.Length == 0)
        {
            reader.Report("phrase", "is empty; a load balancer could not tell it from a failure");
        }
        else if (otherwise.Contains(phrase, StringComparison.Ordinal))
        {
            reader.Report("otherwise", "contains the phrase of a healthy node; a load balancer that looks for that would find it");
        }

        return new HealthConfiguration { Listen = listen, Phrase = phrase, Otherwise = otherwise, Silenced = silenced };
    }

    /// <summary>Whether an address is a probe's.</summary>
    internal bool IsSilenced(EndPoint? remote)
    {
        if (Silenced.IsEmpty || remote is not IPEndPoint { Address: var address })
        {
            return false;
        }

        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return Silenced.Any(network => network.Contains(plain));
    }

    private const string PhraseForm = "write up to 128 printable ASCII characters";

    private static bool TryParsePhrase(string text, out string phrase)
    {
        phrase = text;
        return text.Length <= MaxPhraseLength && text.All(c => c is >= ' ' and <= '~');
    }

    private static bool TryParseNetwork(string text, out IPNetwork network)
    {
        if (!text.Contains('/', StringComparison.Ordinal) && IPAddress.TryParse(text, out var single))
        {
            network = new IPNetwork(single, single.GetAddressBytes().Length * 8);
            return true;
        }

        return IPNetwork.TryParse(text, out network);
    }
}
