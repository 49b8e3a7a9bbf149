using System.Runtime.InteropServices;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using MixMq.Node.Api;
using MixMq.Node.Configuration;
using MixMq.Node.Messaging;
using MixMq.Node.Metrics;
using MixMq.Overlay.Map;
using MixMq.Sphinx;
using MixMq.Storage;
using MixMq.Storage.Sqlite;
using MixMq.Transport;
using MixMq.Transport.Configuration;

namespace MixMq.Node;

/// <summary>
/// An endpoint node: store, endpoint and overlay. Started in this order and stopped in the opposite one, the endpoint before the
/// overlay, so that nothing is accepted that can't be stored and nothing is delivered that nobody takes.
/// </summary>
internal sealed class NodeService : IHostedService, IAsyncDisposable
{
    /// <summary>What the core may have handed to the writer, in the log and in the database; see <see cref="SqliteStoreOptions.ReserveBytes"/>.</summary>
    private const long StoreReserveBytes = 64 << 20;

    private readonly NodeConfiguration _configuration;
    private readonly IHostApplicationLifetime _lifetime;
    private readonly ILogger _log;
    private readonly NodeIdentity _identity;
    private readonly Lock _sendersLock = new();
    private readonly ILogger _damageLog;
    private NodeConfiguration _current;
    private SqliteMessageStore? _store;
    private StoreScrub? _scrub;
    private DamageLog? _damage;
    private PosixSignalRegistration? _reload;
    private bool _isDisposed;

    public NodeService(NodeConfiguration configuration, LiveConfiguration<NodeConfiguration> live, Names names, ILoggerFactory loggers, IHostApplicationLifetime lifetime)
    {
        _configuration = configuration;
        _lifetime = lifetime;
        _log = loggers.CreateLogger<NodeService>();
        _damageLog = loggers.CreateLogger<DamageLog>();
        _identity = NodeIdentity.Load(configuration.IdentityKeyFile);
        Endpoint = new EndpointHost(TimeProvider.System, loggers.CreateLogger<EndpointHost>());
        Overlay = new OverlayHost(configuration, _identity, Endpoint, loggers, TimeProvider.System) { OnFailed = Fail, Live = live, OnMap = Take };
        _current = configuration;
        names.Map = () => Overlay.CurrentMap;
        live.Taken = taken => Take(names, taken);
        Started = TimeProvider.System.GetUtcNow();
    }

    internal static TimeSpan StopBound(NodeConfiguration configuration) => TimeSpan.FromSeconds(configuration.Limits.DrainSeconds);

    internal NodeAddress Address => _identity.Address;

    /// <summary>The address under which correspondents know it, and from which its checkpoints' ids follow.</summary>
    internal NodeAddress KnownAs => _configuration.Endpoint(Address).KnownAs;

    internal DateTimeOffset Started { get; }

    /// <summary>The host is stopping: calls that end now don't end by their callers' will.</summary>
    internal bool IsStopping => _lifetime.ApplicationStopping.IsCancellationRequested;

    internal OverlayHost Overlay { get; }

    internal EndpointHost Endpoint { get; }

    /// <summary>Copies the store, as it is at one moment.</summary>
    /// <returns>Bytes of the copy.</returns>
    internal long Backup(string file)
    {
        SqliteMessageStore store = _store ?? throw new InvalidOperationException("The node has not been started.");
        store.Backup(file);
        return new FileInfo(file).Length;
    }

    internal IMessageStore Store => _store ?? throw new InvalidOperationException("The node has not been started.");

    /// <summary>The store or the overlay failed, so the node ended; the process says so by its exit code.</summary>
    internal bool Failed { get; private set; }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _reload = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
        {
            context.Cancel = true;
            Overlay.ReloadFiles();
        });
        Directory.CreateDirectory(_configuration.DataDirectory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var options = _configuration.Endpoint(_identity.Address);
        _store = SqliteMessageStore.Open(_configuration.StoreFile, new SqliteStoreOptions { ReserveBytes = StoreReserveBytes, Own = options.KnownAs });
        _ = new StoreMeter(Overlay.Metrics, _store, TimeProvider.System);
        _damage = new DamageLog(_store, _damageLog, TimeProvider.System);
        Endpoint.Start(_store, options, _identity, Overlay, OnStoreFailed);
        _scrub = new StoreScrub(_store, TimeProvider.System, OnStoreFailed);
        await Overlay.StartAsync(cancellationToken);

        // Before anything can be submitted: who is written to under a new address is to be known as who it was.
        await Overlay.FirstMap.WaitAsync(cancellationToken);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await Endpoint.StopAsync();
        await Overlay.StopAsync(StopBound(_configuration));
    }

    /// <summary>The container disposes of it twice, as itself and as a hosted service.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, true))
        {
            return;
        }

        _reload?.Dispose();
        if (_scrub is { } scrub)
        {
            await scrub.DisposeAsync();
        }

        await (_damage?.DisposeAsync() ?? default);
        await Endpoint.StopAsync();
        await Overlay.DisposeAsync();
        await Endpoint.DisposeAsync();
        _store?.Dispose();
        _identity.Dispose();
        _configuration.Certificate.Dispose();
        _configuration.Outward.Credentials?.Dispose();
    }

    /// <summary>Whether anyone may write is decided at the start; which contacts may, and who is in the map, whenever they change.</summary>
    private IEnumerable<string> Take(Names names, NodeConfiguration configuration)
    {
        _current = configuration;
        TakeSenders();
        return names.Take(configuration);
    }

    private void Take(NetworkMapView map)
    {
        Endpoint.Follow(map.Successions);
        TakeSenders();
    }

    // A change of the configuration and one of the map come on different threads, and the later of them is to know of both.
    private void TakeSenders()
    {
        if (!_configuration.TakesFromAnyone)
        {
            lock (_sendersLock)
            {
                Endpoint.TakeSenders(_configuration.TakesFromMap ? _current.SendersWith(Overlay.CurrentMap) : _current.Senders);
            }
        }
    }

    private void OnStoreFailed(MessageStoreException failure)
    {
        Log.StoreFailed(_log, failure.Message);
        Fail();
    }

    private void Fail()
    {
        Failed = true;
        _lifetime.StopApplication();
    }
}
