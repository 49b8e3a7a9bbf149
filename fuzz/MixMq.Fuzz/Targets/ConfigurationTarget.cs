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
        "MixMq.Transport.Configuration.PeerConfiguration::Try", "MixMq.Transport.Configuration.DialTarget::TryParse", "MixMq.Transport.Tls.CertificatePin::TryParse",
        "MixMq.Node.Configuration.NodeConfiguration::Read", "MixMq.Node.Configuration.NodeConfiguration::Check",
    ];

    public override IEnumerable<(string Name, byte[] Bytes)> Seeds =>
    [
        ("float", File(0, Float(""))),
        ("node", File(1, Float($$""" "mixing": { "meanDelayMs": 50 }, "contacts": [ { "name": "b", "address": "{{SmallNetwork.AddressOfSeed(3)}}" } ], "messaging": { "packetsPerSecond": 100 }, """))),
        ("twice", File(0, """{ "listen": [], "listen": [] }""")),
        ("unknown", File(0, Float(""" "nobody": { "knows": 1 }, """))),
        ("wrong-values", File(1, """{ "network": { "hops": 99, "name": "" }, "peers": [ { "name": "ä", "address": "mix1", "dial": "x", "trust": {} } ], "log": { "level": "9" }, "listen": [ "x" ] }""")),
        ("not-an-object", File(0, "[]")),
        ("not-json", File(0, "{ 'a' }")),
        ("comment", File(0, "{ /* nothing */ \"a\": null, }")),
    ];

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
        InvariantException.Require(value.Listen.Length > 0 || value.Peers.All(peer => !peer.Accept), "Who accepts listens.");
        value.Certificate.Dispose();
        return true;
    }

    private static byte[] File(byte kind, string text) => [kind, .. Encoding.UTF8.GetBytes(text)];

    private static string Float(string more) => $$"""
        { "network": { "name": "fuzz", "hops": 10, "pathLinks": 5 }, "identity": { "keyFile": "identity.pem" },
          "tls": { "certificateFile": "tls.crt", "keyFile": "tls.key" }, "listen": [ "127.0.0.1:7400", "[::]:7401" ], {{more}}
          "peers": [
            { "name": "a", "address": "{{Peer(2)}}", "dial": "a.example:7400", "trust": { "pinnedKey": "sha256:{{new string('a', 64)}}" } },
            { "name": "b", "address": "{{Peer(3)}}", "accept": true, "trust": { "caFile": "tls.crt" } } ],
          "publicEndpoints": [ "a.example:7400" ], "limits": { "drainSeconds": 2 }, "statusIntervalSeconds": 60, "log": { "level": "warning" } }
        """;

    private static NodeAddress Peer(byte seed) => SmallNetwork.AddressOfSeed(seed);
}
