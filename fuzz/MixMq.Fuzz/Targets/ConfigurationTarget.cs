using System.Text;
using MixMq.Fuzz.Worlds;
using MixMq.Node.Configuration;
using MixMq.Sphinx;
using MixMq.Transport.Configuration;

namespace MixMq.Fuzz.Targets;

/// <summary>
/// A configuration file of a float (first byte even) or of an endpoint node (odd), beside good key files. Nobody hostile writes it; but whoever mistypes
/// it is to be told what is wrong, and not by a stack trace.
/// </summary>
internal sealed class ConfigurationTarget : FuzzTarget, IDisposable
{
    private static readonly Dictionary<string, string> NoEnvironment = [];
    private readonly Lazy<NodeFiles> _files = new(() => new NodeFiles());

    public override string Name => "configuration";

    public override IReadOnlyList<string> Parsers =>
    [
        "MixMq.Transport.Configuration.SettingTree::AddFile", "MixMq.Transport.Configuration.SettingTree::Flatten", "MixMq.Transport.Configuration.ConfigurationReader::",
        "MixMq.Transport.Configuration.RelayConfiguration::Read", "MixMq.Transport.Configuration.RelayConfiguration::Check",
        "MixMq.Transport.Configuration.RelayConfiguration::Try", "MixMq.Transport.Configuration.NetworkSection::", "MixMq.Transport.Configuration.PeerConfiguration::Read",
        "MixMq.Transport.Configuration.TrustSection::", "MixMq.Transport.Configuration.TlsSection::", "MixMq.Transport.Configuration.OutwardConfiguration::",
        "MixMq.Transport.Dialling.ProxyCredentials::Parse", "MixMq.Transport.Tls.DistinguishedNameText::",
        "MixMq.Transport.Tls.RequiredDnsName::TryParse",
        "MixMq.Transport.Configuration.PeerConfiguration::Try", "MixMq.Transport.Configuration.DialTarget::TryParse", "MixMq.Transport.Tls.CertificatePin::TryParse",
        "MixMq.Node.Configuration.NodeConfiguration::Read", "MixMq.Node.Configuration.NodeConfiguration::Check",
    ];

    public override IEnumerable<(string Name, byte[] Bytes)> Seeds =>
    [
        ("float", File(0, Whole())),
        ("node", File(1, Whole(more: $$""" "mixing": { "meanDelayMs": 50 }, "contacts": [ {{Contact("b", Peer(3))}} ], "messaging": { "packetsPerSecond": 100 }, """))),
        ("all-settings", File(1, Whole(
            Network + ", \"graceSeconds\": 600, \"epochSeconds\": 7200, \"maxDelayMs\": 1000",
            more: """ "statusFile": "s.txt", "dataDirectory": "d", "control": { "socket": "c.sock" }, "limits": { "delayQueue": 16, "cryptoWorkers": 1 }, """))),
        ("network-small", File(0, Whole(Network + ", \"body\": 1"))),
        ("network-reply", File(0, Whole(Network + ", \"reply\": 1"))),
        ("network-hops", File(0, Whole("\"name\": \"x\", \"hops\": 99"))),
        ("network-name", File(0, Whole($"\"name\": \"{new string('x', 300)}\""))),
        ("network-grace", File(0, Whole(Network + ", \"graceSeconds\": 1"))),
        ("peers-twice", File(0, Whole(peers: $"{Dialled("a", Peer(2))}, {Dialled("a", Peer(2))}, {Dialled("c", Peer(1))}"))),
        ("peers-unreachable", File(0, Whole(peers: $$"""{ "name": "a", "address": "{{Peer(2)}}", "trust": { "pinnedKey": "sha256:x", "caFile": "no" } }"""))),
        ("peers-no-ca", File(0, Whole(peers: $$"""{ "name": "a", "address": "{{Peer(2)}}", "accept": true, "trust": { "caFile": "identity.pem" } }"""))),
        ("peers-by-store", File(0, Whole(peers: $$"""{ "name": "a", "address": "{{Peer(2)}}", "accept": true, "trust": { "system": true, "dnsName": "*.a.example", "subject": "CN=a\\2c b\\,,2.5.4.10=x" } }"""))),
        ("peers-by-name", File(0, Whole(peers: $$"""{ "name": "a", "address": "{{Peer(2)}}", "accept": true, "trust": { "caFile": "tls.crt", "subject": "CN=a,CN+b" } }"""))),
        ("pkcs12", File(0, """{ "tls": { "pkcs12File": "tls.crt", "passwordFile": "identity.pem", "keyFile": "x", "pollSeconds": 0 } }""")),
        ("outward", File(0, Whole(more: """ "outward": { "via": "socks5", "proxy": "p:1080", "credentialsFile": "identity.pem" }, """))),
        ("outward-none", File(0, Whole(more: """ "outward": { "via": "accept-only", "proxy": "p" }, """))),
        ("dials", File(0, Whole(peers: $"{Dialled("a", Peer(2), "[::1]:7400")}, {Dialled("b", Peer(3), "x")}, {Dialled("c", Peer(4), "[x]:1")}, {Dialled("d", Peer(5), "1.2.3.4:99999")}"))),
        ("nobody-listens", File(0, Whole(listen: "", peers: $$"""{ "name": "a", "address": "{{Peer(2)}}", "accept": true, "trust": { "caFile": "tls.crt" } }"""))),
        ("listens-wrongly", File(0, Whole(listen: "\"127.0.0.1\", \"::1\", \"127.0.0.1:0\""))),
        ("contacts-twice", File(1, Whole(more: $$""" "contacts": [ {{Contact("b", Peer(3))}}, {{Contact("B", Peer(4))}}, { "name": "c", "address": "mix1" }, { } ], """))),
        ("senders", File(1, Whole(more: $$""" "contacts": [ {{Contact("b", Peer(3))}} ], "messaging": { "senders": "anyone", "inboxMessagesPerSender": 10, "inboxMiBPerSender": 4096, "inboxMessages": 9, "inboxMiB": 1 }, """))),
        ("senders-unknown", File(1, Whole(more: """ "contacts": [ { "mayWrite": "perhaps" } ], "messaging": { "senders": "some", "inboxMessages": 0 }, """))),
        ("paths", File(1, Whole(more: $$""" "dataDirectory": "tls.crt", "control": { "socket": "{{new string('s', 120)}}" }, """))),
        ("zeros", File(1, """{ "control": { "socket": "\u0000" }, "dataDirectory": "\u0000", "dial": "\ud800" }""")),
        ("levels", File(0, """{ "log": { "level": "9" }, "statusIntervalSeconds": "x", "peers": [ { "accept": "maybe" } ], "tls": 3, "identity": { "keyFile": "tls.crt" } }""")),
        ("twice", File(0, """{ "listen": [], "listen": [], "a:b": 1, "": 2 }""")),
        ("unknown", File(0, Whole(more: """ "nobody": { "knows": 1.5e3, "this": true, "either": false, "": {} }, """))),
        ("not-an-object", File(0, "[]")),
        ("not-json", File(0, "{ 'a' }")),
        ("comment", File(0, "{ /* nothing */ \"a\": null, }")),
    ];

    private static string Network => "\"name\": \"fuzz\", \"hops\": 10, \"pathLinks\": 5";

    public override bool Run(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty)
        {
            return false;
        }

        var path = _files.Value.Configuration;
        System.IO.File.WriteAllBytes(path, input[1..].ToArray());
        return input[0] % 2 == 0
            ? Check(ConfigurationLoader.Load(path, NoEnvironment, [], reader => RelayConfiguration.Read(reader, relays: true)))
            : Check(ConfigurationLoader.Load(path, NoEnvironment, [], NodeConfiguration.Read));
    }

    public void Dispose()
    {
        if (_files.IsValueCreated)
        {
            _files.Value.Dispose();
        }
    }

    private static bool Check<T>(ConfigurationResult<T> result)
        where T : RelayConfiguration
    {
        if (result.Value is not { } value)
        {
            InvariantException.Require(!result.Errors.IsEmpty && result.Errors.All(error => error.Message.Length > 0), "A refusal says why.");
            return false;
        }

        InvariantException.Require(value.Network.PathLinks < value.Network.Definition.Geometry.Hops, "A network that is taken is consistent.");
        InvariantException.Require(value.Peers.Select(peer => peer.Address).Distinct().Count() == value.Peers.Length, "A peer is listed once.");
        InvariantException.Require(value.Peers.All(peer => peer.Accept || peer.Dial is not null), "A link to each peer is possible.");
        InvariantException.Require(value.Peers.All(peer => !peer.Accept || !value.Listen.Public.IsEmpty || (peer.Inner && !value.Listen.Inner.IsEmpty)), "Who accepts listens.");
        value.Certificate.Dispose();
        return true;
    }

    private static byte[] File(byte kind, string text) => [kind, .. Encoding.UTF8.GetBytes(text)];

    private static string Whole(string? network = null, string? listen = null, string? peers = null, string more = "") => $$"""
        { "network": { {{network ?? Network}} }, "identity": { "keyFile": "identity.pem" },
          "tls": { "certificateFile": "tls.crt", "keyFile": "tls.key" }, "listen": [ {{listen ?? "\"127.0.0.1:7400\", \"[::]:7401\""}} ], {{more}}
          "peers": [ {{peers ?? $"{Dialled("a", Peer(2))}, {Accepted("b", Peer(3))}"}} ],
          "publicEndpoints": [ "a.example:7400" ], "log": { "level": "warning" } }
        """;

    private static string Dialled(string name, NodeAddress address, string to = "a.example:7400") =>
        $$"""{ "name": "{{name}}", "address": "{{address}}", "dial": "{{to}}", "trust": { "pinnedKey": "sha256:{{new string('a', 64)}}" } }""";

    private static string Accepted(string name, NodeAddress address) =>
        $$"""{ "name": "{{name}}", "address": "{{address}}", "accept": true, "trust": { "caFile": "tls.crt" } }""";

    private static string Contact(string name, NodeAddress address) => $$"""{ "name": "{{name}}", "address": "{{address}}" }""";

    private static NodeAddress Peer(byte seed) => SmallNetwork.AddressOfSeed(seed);
}
