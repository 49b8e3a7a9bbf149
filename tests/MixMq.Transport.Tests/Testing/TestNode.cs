using System.Collections.Immutable;
using System.Net;
using MixMq.Crypto;
using MixMq.Overlay;
using MixMq.Sphinx;
using MixMq.Testing;
using MixMq.Transport.Configuration;
using MixMq.Transport.Tls;

namespace MixMq.Transport.Tests.Testing;

/// <summary>A node of a test network: identity, certificate and folder outlive its host, as they do a restarted process.</summary>
internal sealed class TestNode : IAsyncDisposable
{
    private readonly TestFolder _folder = new();
    private readonly List<PeerConfiguration> _peers = [];

    // Its own for good: of a port that the system gives, anybody may have become the owner while the node is stopped or its listener closed.
    private readonly int _port = FreePorts.One();
    private readonly Lazy<int> _innerPort = new(FreePorts.One);

    internal TestNode(string name, bool relays = true)
    {
        Name = name;
        Relays = relays;
        Identity = NodeIdentity.Generate(SystemRandomSource.Instance);
        Ca = new TestCa(name + " CA");
        Certificate = Ca.IssueLocal();
    }

    internal static NetworkParameters Network { get; } = CreateNetwork("test");

    internal string Name { get; }

    internal bool Relays { get; }

    internal NodeIdentity Identity { get; }

    internal TestCa Ca { get; }

    internal LocalCertificate Certificate { get; init; }

    /// <summary>Files that the certificate is taken from again when they change.</summary>
    internal CertificateFiles? CertificateFiles { get; init; }

    /// <summary>Looks at files without an event; the default leaves that to events.</summary>
    internal int PollSeconds { get; init; } = 3600;

    internal NetworkParameters Parameters { get; init; } = Network;

    internal LimitsConfiguration Limits { get; init; } = new() { CryptoWorkers = 1 };

    /// <summary>Last word on the configuration, for what a test is about.</summary>
    internal Func<RelayConfiguration, RelayConfiguration> Adjust { get; init; } = configuration => configuration;

    internal TestLog Log { get; } = new();

    internal TestConsumer? Consumer { get; init; }

    /// <summary>Takes what is delivered in place of <see cref="Consumer"/>.</summary>
    internal IPacketConsumer? Taker { get; init; }

    internal OverlayHost Host { get; private set; } = null!;

    internal IPEndPoint Endpoint => new(IPAddress.Loopback, _port);

    /// <summary>Whether there is a listener of its own for the inside.</summary>
    internal bool HasInnerListener { get; init; }

    internal IPEndPoint InnerEndpoint => new(IPAddress.Loopback, _innerPort.Value);

    internal string StatusFile => _folder.File("status.txt");

    internal string Folder => _folder.Path;

    public async ValueTask DisposeAsync()
    {
        if (Host is not null)
        {
            await Host.DisposeAsync();
        }

        Identity.Dispose();
        Certificate.Dispose();
        Ca.Dispose();
        _folder.Dispose();
    }

    internal static NetworkParameters CreateNetwork(string name)
    {
        Assert.True(PacketGeometry.TryCreate(10, 2048, 512, out var geometry, out _));
        Assert.True(NetworkDefinition.TryCreate(name, geometry, NetworkDefinition.DefaultMaxDelayMs, out var definition, out _));
        Assert.True(NetworkParameters.TryCreate(definition, out var parameters, out var errors), string.Join('\n', errors));
        return parameters;
    }

    /// <summary>The other node is configured as a peer here; it must have started if it is to be dialled.</summary>
    internal TestNode Knows(
        TestNode other,
        bool dial = false,
        bool accept = false,
        TrustPolicy? trust = null,
        bool inner = false,
        bool activates = false,
        IPEndPoint? at = null,
        bool handsOver = false,
        HandoverConfiguration? handOver = null)
    {
        _peers.Add(new PeerConfiguration
        {
            Name = other.Name,
            Address = other.Identity.Address,
            Dial = dial ? new DialTarget(IPAddress.Loopback.ToString(), (at ?? other.Endpoint).Port) : null,
            Accept = accept,
            Inner = inner,
            Activates = activates,
            HandsOver = handsOver,
            HandOver = handOver,
            Trust = trust ?? other.Ca.Trust,
        });
        return this;
    }

    /// <summary>As the other, for a peer that is no <see cref="TestNode"/>.</summary>
    internal TestNode Knows(PeerConfiguration peer)
    {
        _peers.Add(peer);
        return this;
    }

    /// <summary>Starts, or starts again on the same port after <see cref="StopAsync"/>.</summary>
    internal async Task<TestNode> StartAsync()
    {
        var configuration = new RelayConfiguration
        {
            Network = Parameters,
            Relays = Relays,
            Certificate = Certificate,
            CertificateFiles = CertificateFiles,
            CertificatePollSeconds = PollSeconds,
            Listen = new ListenerConfiguration { Public = [Endpoint], Inner = HasInnerListener ? [InnerEndpoint] : [] },
            Peers = [.. _peers],
            DataDirectory = _folder.Path,
            StatusFile = StatusFile,
            Limits = Limits,
        };
        Host = new OverlayHost(Adjust(configuration), Identity, Taker ?? Consumer, Log, TimeProvider.System);
        await Host.StartAsync(CancellationToken.None);
        return this;
    }

    internal async Task StopAsync()
    {
        await Host.StopAsync(TestLog.Patience);
        await Host.DisposeAsync();
    }

    internal Task UpAsync(TestNode other, int from = 0) => Log.WaitForAsync($"Link to {other.Name} is up", from);

    /// <summary>Waits for what no line of the log tells.</summary>
    internal async Task WhenAsync(Func<OverlayHost, bool> wanted)
    {
        using var patience = new CancellationTokenSource(TestLog.Patience);
        while (!wanted(Host))
        {
            patience.Token.ThrowIfCancellationRequested();
            await Host.SnapshotAsync();
            await Task.Yield();
        }
    }

    /// <summary>Waits until the host's state is as wanted. Each look takes the scheduler's thread once around, so this is no spin.</summary>
    internal async Task UntilAsync(Func<OverlaySnapshot, bool> wanted)
    {
        using var patience = new CancellationTokenSource(TestLog.Patience);
        while (!wanted(await Host.SnapshotAsync()))
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}
