using System.Collections.Immutable;
using System.Net;
using System.Text;
using Microsoft.Extensions.Logging;
using MixMq.Overlay;
using MixMq.Transport.Dialling;
using MixMq.Transport.Keys;
using MixMq.Transport.Tls;

namespace MixMq.Transport.Configuration;

/// <summary>
/// What every node is configured with; an endpoint node adds its own sections beside these. Immutable and valid: files that
/// it names have been read and judged. The base of a node's own configuration record.
/// </summary>
public record RelayConfiguration
{
    /// <summary>Parameters that all nodes of the network share, section <c>network</c>.</summary>
    public required NetworkParameters Network { get; init; }

    /// <summary>What the network's authorities signed; null: the network has none, as far as this node is told, and is open.</summary>
    public AdmissionConfiguration? Admission { get; init; }

    /// <summary>
    /// Whether the node forwards packets of others. Not a setting: a float does, an endpoint node does not, and the executable says which it is.
    /// </summary>
    public required bool Relays { get; init; }

    /// <summary>Absolute path of the identity key file, <c>identity:keyFile</c>; empty in tests that make identities in memory.</summary>
    public string IdentityKeyFile { get; init; } = "";

    /// <summary>The certificate of both TLS roles, section <c>tls</c>.</summary>
    public required LocalCertificate Certificate { get; init; }

    /// <summary>Where <see cref="Certificate"/> was read; null in tests that make it in memory.</summary>
    public CertificateFiles? CertificateFiles { get; init; }

    /// <summary>Seconds between looks whether files of certificates and CAs have changed, <c>tls:pollSeconds</c>; events of the system come before.</summary>
    public int CertificatePollSeconds { get; init; } = 60;

    /// <summary>
    /// Whether peers outside are shown a certificate that the inside hands over, and <see cref="Certificate"/> only the inside, <c>tls:publicHandedOver</c>.
    /// </summary>
    public bool PublicHandedOver { get; init; }

    /// <summary>Where the revocation lists go that the inside hands over.</summary>
    public RevocationSet HandedLists { get; init; } = new();

    /// <summary>Addresses to listen on, <c>listen</c> and <c>innerListen</c>.</summary>
    public ListenerConfiguration Listen { get; init; } = new();

    /// <summary>Section <c>outward</c>.</summary>
    public OutwardConfiguration Outward { get; init; } = new();

    /// <summary>Section <c>health</c>.</summary>
    public HealthConfiguration Health { get; init; } = new();

    /// <summary>Addresses to publish in the node's link-state record, <c>publicEndpoints</c>.</summary>
    public ImmutableArray<string> PublicEndpoints { get; init; } = [];

    /// <summary>The neighbours, <c>peers</c>.</summary>
    public ImmutableArray<PeerConfiguration> Peers { get; init; } = [];

    /// <summary>Absolute path of the folder for what the node keeps, <c>dataDirectory</c>; made when missing.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>Absolute path of the status text, <c>statusFile</c>; default <c>status.txt</c> in the data directory.</summary>
    public required string StatusFile { get; init; }

    /// <summary>Seconds between rewrites of the status text while no link changes, <c>statusIntervalSeconds</c>.</summary>
    public int StatusIntervalSeconds { get; init; } = 60;

    /// <summary>Section <c>metrics</c>.</summary>
    public MetricsConfiguration Metrics { get; init; } = new();

    /// <summary>Section <c>audit</c>.</summary>
    public AuditConfiguration Audit { get; init; } = new();

    /// <summary>Section <c>limits</c>.</summary>
    public LimitsConfiguration Limits { get; init; } = new();

    /// <summary>Least level that is logged, <c>log:level</c>.</summary>
    public LogLevel LogLevel { get; init; } = LogLevel.Information;

    /// <summary>The top sections that a running node takes anew when its file changes; all others take effect at the next start.</summary>
    protected internal virtual ImmutableArray<string> LiveSections => ["peers"];

    /// <summary>Reads the sections that every node has, and the files that they name.</summary>
    /// <param name="reader">The whole configuration.</param>
    /// <param name="relays">Whether the node forwards packets of others.</param>
    /// <returns>Null when something is wrong; the reader has all errors then.</returns>
    public static RelayConfiguration? Read(ConfigurationReader reader, bool relays)
    {
        ArgumentNullException.ThrowIfNull(reader);
        var keyFile = ReadIdentity(reader.Section("identity"), out var own);
        var networkSection = reader.Section("network");
        var admission = networkSection.Has("parameters") ? AdmissionConfiguration.Read(networkSection, own) : null;
        var network = networkSection.Has("parameters") ? admission?.Parameters.Network : NetworkSection.Read(networkSection);
        var (files, certificate) = TlsSection.Read(reader.Section("tls"));
        var poll = reader.Section("tls").Integer("pollSeconds", 60, 1, 86_400);
        var strict = reader.OptionalValue<bool>("profile", TryParseProfile, "one of standard, strict");
        var listen = new ListenerConfiguration
        {
            Public = reader.Values<IPEndPoint>("listen", ListenAddress.TryParse, ListenAddress.Form),
            Inner = reader.Values<IPEndPoint>("innerListen", ListenAddress.TryParse, ListenAddress.Form),
        };
        var health = HealthConfiguration.Read(reader.Section("health"));
        var endpoints = reader.Values<string>("publicEndpoints", TryParseEndpoint, DialTarget.Form);
        var revocation = reader.Section("tls").OptionalValue<RevocationMode>("revocation", TrustSection.TryParseMode, TrustSection.ModeForm, RevocationMode.Off);
        var handed = reader.HandedLists;
        var peers = reader.Items("peers", peer => PeerConfiguration.Read(peer, new RevocationDefaults(revocation, handed)));
        var publicHandedOver = reader.Section("tls").Boolean("publicHandedOver", false);
        HandoverConfiguration.Check(reader, peers, relays, publicHandedOver);
        var outward = OutwardConfiguration.Read(reader.Section("outward"));
        CheckPeers(reader, peers, own);
        if (outward.Way == OutwardWay.AcceptOnly && peers.FirstOrDefault(peer => peer.Dial is not null) is { } dialled)
        {
            reader.Report("peers", $"'{dialled.Name}' has dial, but outward:via is accept-only; remove one of the two");
        }

        if (outward.Proxy is not null && peers.FirstOrDefault(peer => peer is { Dial: { } dial, Direct: false } && !Ascii.IsValid(dial.Host)) is { } international)
        {
            reader.Report("peers", $"'{international.Name}' has a dial name beyond ASCII, which proxies don't take; write it as xn--…");
        }

        ListenerConfiguration.Check(reader, listen, health, peers, relays, strict);
        var data = reader.OptionalPath("dataDirectory") ?? Path.Combine(reader.BaseDirectory, "data");
        if (File.Exists(data))
        {
            reader.Report("dataDirectory", "is a file; name a folder (it is made when it is missing)");
        }

        var status = reader.OptionalPath("statusFile") ?? Path.Combine(data, "status.txt");
        var interval = reader.Integer("statusIntervalSeconds", 60, 1, 86_400);
        var metrics = MetricsConfiguration.Read(reader.Section("metrics"));
        var audit = AuditConfiguration.Read(reader.Section("audit"), data, relays);
        var limits = LimitsConfiguration.Read(reader.Section("limits"));
        var level = reader.Section("log").OptionalValue<LogLevel>(
            "level", TryParseLevel, "one of trace, debug, information, warning, error", LogLevel.Information);
        if (reader.ErrorCount > 0 || network is null || certificate is null)
        {
            certificate?.Dispose();
            outward.Credentials?.Dispose();
            return null;
        }

        return new RelayConfiguration
        {
            Network = network,
            Admission = admission,
            Relays = relays,
            IdentityKeyFile = keyFile,
            Certificate = certificate,
            CertificateFiles = files,
            CertificatePollSeconds = poll,
            PublicHandedOver = publicHandedOver,
            HandedLists = handed,
            Listen = listen,
            Outward = outward,
            Health = health,
            PublicEndpoints = endpoints,
            Peers = peers,
            DataDirectory = data,
            StatusFile = status,
            StatusIntervalSeconds = interval,
            Metrics = metrics,
            Audit = audit,
            Limits = limits,
            LogLevel = level,
        };
    }

    private static string ReadIdentity(ConfigurationReader reader, out Sphinx.NodeAddress? own)
    {
        own = null;
        var file = reader.RequiredPath("keyFile", "the file of the node's Ed25519 identity key");
        if (file.Length > 0)
        {
            try
            {
                using var identity = NodeIdentity.Load(file);
                own = identity.Address;
            }
            catch (KeyFileException e)
            {
                reader.Report("keyFile", e.Message);
            }
        }

        return file;
    }

    private static void CheckPeers(
        ConfigurationReader reader, ImmutableArray<PeerConfiguration> peers, Sphinx.NodeAddress? own)
    {
        foreach (var group in peers.GroupBy(peer => peer.Name, StringComparer.OrdinalIgnoreCase).Where(group => group.Count() > 1))
        {
            reader.Report("peers", $"the name '{group.Key}' stands twice; give every peer a name of its own");
        }

        foreach (var group in peers.GroupBy(peer => peer.Address).Where(group => group.Count() > 1))
        {
            reader.Report("peers", $"'{string.Join("' and '", group.Select(peer => peer.Name))}' have the same address; a peer is listed once");
        }

        foreach (var peer in peers.Where(peer => peer.Address == own))
        {
            reader.Report("peers", $"'{peer.Name}' has this node's own address; a node can't be its own neighbour");
        }

        if (peers.Length > OverlayOptions.MostPeers)
        {
            reader.Report("peers", $"has more than {OverlayOptions.MostPeers} items, which is more links than a node can keep");
        }
    }

    private static bool TryParseProfile(string text, out bool strict)
    {
        strict = text == "strict";
        return strict || text == "standard";
    }

    private static bool TryParseEndpoint(string text, out string endpoint)
    {
        endpoint = text;
        return text.Length <= byte.MaxValue && DialTarget.TryParse(text, out _);
    }

    private static bool TryParseLevel(string text, out LogLevel level) =>
        Enum.TryParse(text, ignoreCase: true, out level) && level is >= LogLevel.Trace and <= LogLevel.Error && !char.IsAsciiDigit(text[0]);
}
