using System.Collections.Immutable;
using System.Net;
using Microsoft.Extensions.Logging;
using MixMq.Crypto;
using MixMq.Overlay;
using MixMq.Overlay.Admission;
using MixMq.Overlay.Map;
using MixMq.Overlay.Topology;
using MixMq.Sphinx;
using MixMq.Transport.Admission;
using MixMq.Transport.Audit;
using MixMq.Transport.Configuration;
using MixMq.Transport.Dialling;
using MixMq.Transport.Files;
using MixMq.Transport.Handover;
using MixMq.Transport.Health;
using MixMq.Transport.Links;
using MixMq.Transport.Metrics;
using MixMq.Transport.Scheduling;
using MixMq.Transport.Tls;
using MixMq.Transport.Workers;

namespace MixMq.Transport;

/// <summary>
/// The overlay of a node as it runs: owns the overlay core's scheduler thread, the crypto workers, the listener and all
/// links. Every node has one; a float has nothing else. Members are thread-safe; start and stop happen once each.
/// </summary>
/// <remarks>
/// Threads: a reader and a writer task a link, one scheduler thread for the core, crypto workers. Whatever crosses between
/// them is a bounded channel (see <see cref="SchedulerInbox"/>, <see cref="CryptoWorkers"/>, <see cref="LinkConnection"/>).
/// </remarks>
public sealed partial class OverlayHost : IAsyncDisposable
{
    /// <summary>Part of the time for stopping that goes to packets still held; the rest is for goodbyes.</summary>
    private const double DrainShare = 0.6;

    /// <summary>Tables of replay filters have a power of two of places: 24 to 48 bytes a tag.</summary>
    private const long MostReplayBytesATag = 48;

    private const int New = 0;
    private const int Running = 1;
    private const int Stopped = 2;
    private const int Disposed = 3;

    private readonly CancellationTokenSource _stop = new();
    private readonly RelayConfiguration _configuration;
    private readonly PeerDirectory _peers;
    private readonly OverlayOptions _options;
    private readonly SchedulerInbox _inbox;
    private readonly LinkEnvironment _links;
    private readonly SequenceFile _sequenceFile;
    private readonly SequenceWriter _sequences;
    private readonly AdmissionStore _admission;
    private readonly MapPublisher _maps;
    private readonly AdmissionFiles? _admissionFiles;
    private readonly LinkTable _table;
    private readonly OverlayShell _shell;
    private readonly LinkListener _listener;
    private readonly LinkListener _innerListener;
    private readonly ListenerGate _gate;
    private readonly HealthListener _health;
    private readonly CancellationTokenSource _stopListening = new();
    private readonly StatusWriter _status;
    private readonly MetricsFile _metricsFile;
    private readonly ServedCertificate _served;
    private readonly CertificateRegister _certificates;
    private readonly HandoverSource _handoverSource;
    private readonly HandoverTaker _handoverTaker;
    private readonly Reloadable? _ownFiles;
    private readonly ReloadLoop _reload;
    private readonly LinkJournal _journal;
    private readonly AuditTrail _audit;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly ILoggerFactory _loggers;
    private Reloadable? _configurationFile;
    private OverlayCore? _core;
    private OverlayScheduler? _scheduler;
    private Task _tasks = Task.CompletedTask;
    private Task _listening = Task.CompletedTask;
    private int _state;

    /// <summary>Composes the host; nothing runs but the crypto workers until <see cref="StartAsync"/>.</summary>
    /// <param name="configuration">Valid configuration.</param>
    /// <param name="identity">The node's identity; stays the caller's, and must outlive the host.</param>
    /// <param name="consumer">What takes the packets that end here; null: they are dropped and counted, as a float does.</param>
    /// <param name="loggerFactory">Where logs go.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <exception cref="ArgumentException">Parts of the configuration contradict each other; the message lists how.</exception>
    public OverlayHost(
        RelayConfiguration configuration,
        NodeIdentity identity,
        IPacketConsumer? consumer,
        ILoggerFactory loggerFactory,
        TimeProvider timeProvider)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        ArgumentNullException.ThrowIfNull(identity);
        ArgumentNullException.ThrowIfNull(loggerFactory);
        ArgumentNullException.ThrowIfNull(timeProvider);
        _configuration = configuration;
        _time = timeProvider;
        _loggers = loggerFactory;
        _log = loggerFactory.CreateLogger<OverlayHost>();
        _peers = new PeerDirectory(configuration.Peers);
        _options = OptionsOf(configuration, identity.Address);
        var errors = _options.Validate();
        if (!errors.IsEmpty)
        {
            throw new ArgumentException(string.Join(' ', errors), nameof(configuration));
        }

        var limits = configuration.Limits;
        var linkLog = loggerFactory.CreateLogger<LinkConnection>();
        var cellBytes = configuration.Network.CellBytes;
        _inbox = new SchedulerInbox(limits.InboundQueue, limits.CryptoQueue);
        Pool = new PacketPool(cellBytes, limits.PacketBuffers);
        var controls = new PacketPool(cellBytes, ControlBuffers(configuration));
        _links = new LinkEnvironment(_inbox, new OverlayClock(timeProvider), Pool, controls, cellBytes, (cause, count) => _core!.Count(cause, count), linkLog);
        Workers = new CryptoWorkers(limits.CryptoWorkers, limits.CryptoQueue, loggerFactory);
        _sequenceFile = new SequenceFile(configuration.DataDirectory);
        _sequences = new SequenceWriter(_sequenceFile, _inbox, timeProvider, loggerFactory.CreateLogger<SequenceWriter>());
        _admission = new AdmissionStore(configuration.DataDirectory, timeProvider, loggerFactory.CreateLogger<AdmissionStore>());
        _admissionFiles = configuration.Admission is { } admission ? new AdmissionFiles(admission, _inbox) : null;
        _audit = new AuditTrail(configuration.Audit, timeProvider, loggerFactory.CreateLogger<AuditTrail>());
        var refusals = new RefusalLog(_audit, linkLog, timeProvider);
        var journal = _journal = new LinkJournal(_peers, refusals, _audit, linkLog);
        _served = new ServedCertificate(configuration.Certificate);
        _ownFiles = configuration.CertificateFiles is { } files ? _served.From(files, timeProvider) : null;

        // What peers outside are shown: the node's own, or what its inside hands over.
        var handed = configuration.PublicHandedOver ? new ServedCertificate(null) : null;
        var shown = handed ?? _served;
        _certificates = new CertificateRegister(_served, _ownFiles, handed, ListsOf(configuration.Peers), timeProvider, loggerFactory.CreateLogger<CertificateRegister>());
        _handoverSource = new HandoverSource(configuration.Peers, _inbox, timeProvider, loggerFactory.CreateLogger<HandoverSource>());
        _handoverTaker = new HandoverTaker(configuration.Peers, handed, configuration.HandedLists, HandoverChanged, timeProvider, loggerFactory.CreateLogger<HandoverTaker>());
        _reload = new ReloadLoop(
            Reloadables(), TimeSpan.FromSeconds(configuration.CertificatePollSeconds), Reloaded, timeProvider, loggerFactory.CreateLogger<ReloadLoop>());
        _ = new OverlayMeter(Metrics, SnapshotAsync, refusals, _certificates, timeProvider.GetUtcNow());
        _metricsFile = new MetricsFile(configuration.Metrics, Metrics, timeProvider, loggerFactory.CreateLogger<MetricsFile>());
        var text = new StatusText(configuration, identity, refusals, _certificates, _audit, () => Live?.Last, timeProvider.GetUtcNow());
        _status = new StatusWriter(
            configuration.StatusFile,
            TimeSpan.FromSeconds(configuration.StatusIntervalSeconds),
            SnapshotAsync,
            text.Format,
            timeProvider,
            loggerFactory.CreateLogger<StatusWriter>());
        var handshake = TimeSpan.FromSeconds(limits.HandshakeSeconds);
        var gate = new TlsGate(shown, _peers, _ => true, timeProvider);
        var dialler = new Dialler(_peers, configuration.Outward, gate, refusals, journal, handshake, timeProvider, linkLog);
        _table = new LinkTable(_links, dialler, _log);
        _maps = new MapPublisher(_inbox, map => OnMap?.Invoke(map), timeProvider);
        _shell = new OverlayShell(
            configuration.Network.Definition, _peers, identity, consumer, _links, _table, Workers, _sequences, journal, _certificates, _handoverTaker, _admission, _options.ReplayCapacity, LinksChanged, _maps, _log);
        var separate = !configuration.Listen.Inner.IsEmpty;
        LinkListener Listener(ListenerRole role, ImmutableArray<IPEndPoint> addresses) => new(
            role,
            addresses,
            new TlsGate(role == ListenerRole.Inner ? _served : shown, _peers, peer => !separate || peer.Inner == (role == ListenerRole.Inner), timeProvider),
            configuration.Health,
            refusals,
            journal,
            _audit,
            _table.Attach,
            limits,
            timeProvider,
            linkLog);
        _listener = Listener(ListenerRole.Public, configuration.Listen.Public);
        _innerListener = Listener(ListenerRole.Inner, configuration.Listen.Inner);
        _gate = new ListenerGate(_listener, () => shown.Current is not null && IsActivated(), timeProvider, linkLog);
        _health = new HealthListener(configuration.Health, () => IsHealthy, timeProvider, loggerFactory.CreateLogger<HealthListener>());
    }

    /// <summary>The pool that packets to send are rented from.</summary>
    public PacketPool Pool { get; }

    /// <summary>The crypto workers, shared with the rest of the node; they run until the host is disposed of.</summary>
    public CryptoWorkers Workers { get; }

    /// <summary>Where the node listens for peers, ports filled in from the start on. It may be closed, see <see cref="IsListening"/>.</summary>
    public ImmutableArray<IPEndPoint> ListenEndpoints => _listener.Endpoints;

    /// <summary>Where it listens for the inside, ports filled in from the start on.</summary>
    public ImmutableArray<IPEndPoint> InnerListenEndpoints => _innerListener.Endpoints;

    /// <summary>Where it answers a load balancer; null: nowhere.</summary>
    public IPEndPoint? HealthEndpoint => _health.Endpoint;

    /// <summary>Whether it accepts connections of peers now.</summary>
    public bool IsListening => _listener.IsOpen;

    /// <summary>
    /// Whether it is of use: the core runs and isn't stopping, each listener that is configured is open, and at least one link is up.
    /// </summary>
    public bool IsHealthy => Volatile.Read(ref _state) == Running
        && _scheduler is { Failed: false }
        && (_listener.IsOpen || _listener.Endpoints.IsEmpty)
        && (_innerListener.IsOpen || _innerListener.Endpoints.IsEmpty)
        && _shell.HasLinks;

    /// <summary>What the node counts, to which the rest of the node adds.</summary>
    public NodeMetrics Metrics { get; } = new();

    /// <summary>The newest view of the network; null before the start.</summary>
    public TopologyView? CurrentView => _shell.View;

    /// <summary>The network map as it was held at most 100 ms ago.</summary>
    public NetworkMapView CurrentMap => _maps.Current;

    /// <summary>Completes when <see cref="OnMap"/> has been called with the map that the node has stored, or the host stops; in a float when it stops.</summary>
    public Task FirstMap => _maps.First;

    /// <summary>The node's own certificate first, then those that peers showed on their last links.</summary>
    public ImmutableArray<CertificateReport> Certificates => _certificates.Reports;

    /// <summary>
    /// The overlay ended by a defect of its own, without being told to: nothing is sent or taken any more, so the process should stop with
    /// an error and be started again. Called once, on any thread; set before <see cref="StartAsync"/>.
    /// </summary>
    public Action? OnFailed { get; init; }

    /// <summary>The network map has changed. Called at most every 100 ms, on no thread that packets wait for; set before <see cref="StartAsync"/>.</summary>
    public Action<NetworkMapView>? OnMap { get; init; }

    /// <summary>Reads the configuration again when its file changes, or somebody asks; null: it stays as it is. Set before <see cref="StartAsync"/>.</summary>
    public LiveConfiguration? Live { get; init; }

    /// <summary>Listens, starts the core and dials.</summary>
    /// <exception cref="IOException">The data directory or a listening address can't be used; the message says what to do.</exception>
    /// <exception cref="UnauthorizedAccessException">The data directory can't be used.</exception>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (Interlocked.CompareExchange(ref _state, Running, New) != New)
        {
            throw new InvalidOperationException("The overlay host starts once.");
        }

        WatchConfiguration();
        WarnOfMemory(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
        Directory.CreateDirectory(_configuration.DataDirectory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        _audit.Open();
        _audit.Node(AuditEventKind.Started);
        var options = _options.Admission is { } admission ? _options with { Admission = admission with { Stored = _admission.Load() } } : _options;
        _core = new OverlayCore(options, SystemRandomSource.Instance, _sequenceFile.Load());
        _innerListener.Open();
        _gate.Start();
        _health.Start();
        _scheduler = new OverlayScheduler(_core, _inbox, _shell, _links.Clock, _links.Ticks, _loggers.CreateLogger<OverlayScheduler>());
        _scheduler.Start();
        _ = WatchAsync(_scheduler);
        _certificates.Warn();
        _listening = _gate.RunAsync(_stopListening.Token);
        _tasks = Task.WhenAll(_sequences.RunAsync(_stop.Token), _admission.RunAsync(_stop.Token), _status.RunAsync(_stop.Token), _metricsFile.RunAsync(_stop.Token), _reload.RunAsync(_stop.Token), _handoverTaker.RunAsync(_stop.Token), _maps.RunAsync(_stop.Token), _audit.RunAsync());
        _handoverSource.Begin();
        _admissionFiles?.Begin();
        Log.Started(_log, _configuration.Peers.Length);
        return Task.CompletedTask;
    }

    /// <summary>
    /// Takes no more in, forwards what is held and due within the bound, says goodbye on every link and closes. Returns within
    /// about the bound whatever peers do.
    /// </summary>
    public async Task StopAsync(TimeSpan bound)
    {
        if (Interlocked.CompareExchange(ref _state, Stopped, Running) != Running)
        {
            return;
        }

        Log.Stopping(_log);
        using var deadline = new CancellationTokenSource(bound, _time);
        _links.IsDraining = true;
        await _health.StopAsync();
        await _stopListening.CancelAsync();
        await _listening;
        await _listener.CloseAsync();
        await _innerListener.CloseAsync();
        if (_scheduler is null)
        {
            // The start failed before there was anything to drain.
            return;
        }

        _scheduler.Drain(bound * DrainShare);
        await _scheduler.Ended;
        await _table.CloseAllAsync(deadline.Token);
        _audit.Node(AuditEventKind.Stopped);
        _audit.Complete();
        await _stop.CancelAsync();
        await _tasks;
        if (_scheduler.Last is { } last)
        {
            _status.Write(last);
        }

        _status.Dispose();

        Log.Stopped(_log);
    }

    /// <summary>Queues a packet on the link to a neighbour. Any thread; for nodes that make packets.</summary>
    /// <param name="neighbour">A configured peer.</param>
    /// <param name="packet">Wrapped packet in a buffer of <see cref="Pool"/>; its type byte is set here. Owned by the link on success.</param>
    /// <returns>False: the link is not up or its queue is full; the caller still owns the buffer.</returns>
    public bool TrySendPacket(NodeAddress neighbour, PacketBuffer packet)
    {
        ArgumentNullException.ThrowIfNull(packet);
        return _shell.TrySend(neighbour, packet);
    }

    /// <summary>Unwraps a reply made with a SURB as its first hop, this node, and sends it on. From any thread but the scheduler's own; waits for room.</summary>
    /// <param name="packet">The packet in a buffer of <see cref="Pool"/>; owned by the host on success.</param>
    /// <returns>False: the overlay has ended; the caller still owns the buffer.</returns>
    public bool TrySendReply(PacketBuffer packet)
    {
        ArgumentNullException.ThrowIfNull(packet);
        return _inbox.Post(new CoreAnswer.OwnReply(packet));
    }

    /// <summary>Counts packets that the rest of the node dropped. Any thread.</summary>
    public void Count(DropCause cause, long count = 1) => _core?.Count(cause, count);

    /// <summary>State of links, topology and counters; answered by the scheduler between two inputs.</summary>
    /// <exception cref="InvalidOperationException">The host was never started.</exception>
    public Task<OverlaySnapshot> SnapshotAsync()
    {
        var scheduler = _scheduler ?? throw new InvalidOperationException("The overlay host has not been started.");
        var result = new TaskCompletionSource<OverlaySnapshot>(TaskCreationOptions.RunContinuationsAsynchronously);
        return _inbox.Post(new CoreAnswer.SnapshotWanted(result)) ? result.Task : LastAsync(scheduler);
    }

    /// <summary>As <see cref="SnapshotAsync"/>, waiting; not for the scheduler's own thread (a packet consumer's methods).</summary>
    public OverlaySnapshot Snapshot() => SnapshotAsync().GetAwaiter().GetResult();

    /// <summary>Gives the core something that the network's authorities signed; it verifies and takes it as if a neighbour had sent it. Any thread.</summary>
    /// <param name="statement">Anything; what isn't of this network or isn't news does nothing.</param>
    /// <returns>False: the host was not started, or has stopped.</returns>
    public bool Give(AuthorityStatement statement)
    {
        ArgumentNullException.ThrowIfNull(statement);
        return _scheduler is not null && _inbox.Post(new CoreAnswer.StatementGiven(statement));
    }

    /// <summary>Asks for the status text to be rewritten now.</summary>
    public void RequestStatus() => _status.Request();

    /// <summary>Reads the configuration and the files of certificates and CAs again, changed or not, and says in the log what came of it.</summary>
    public void ReloadFiles() => _reload.Ask();

    /// <summary>Stops, if that has not happened, and ends the crypto workers.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync(TimeSpan.FromSeconds(1));
        if (Interlocked.Exchange(ref _state, Disposed) == Disposed)
        {
            return;
        }

        _inbox.Close();
        Workers.Dispose();
        _table.Dispose();
        _listener.Dispose();
        _innerListener.Dispose();
        _health.Dispose();
        _stopListening.Dispose();
        _inbox.Dispose();
        _audit.Dispose();
        _handoverTaker.Dispose();
        if (_served.Current != _configuration.Certificate)
        {
            _served.Current?.Dispose();
        }

        Metrics.Dispose();
        _stop.Dispose();
    }

    private void LinksChanged()
    {
        _status.Request();
        _gate.Signal();
    }

    private void HandoverChanged()
    {
        _certificates.Warn();
        LinksChanged();
    }

    /// <summary>Says so at the start if what the limits allow at most is more than there is. Memory is taken as traffic comes, so a node may well run for long.</summary>
    private void WarnOfMemory(long available)
    {
        const long MiB = 1 << 20;
        var packets = (long)Pool.Limit * _configuration.Network.CellBytes;

        // The keys of one epoch past, the current and those ahead; only the first two ever fill.
        var replay = 2 * MostReplayBytesATag * _options.ReplayCapacity;
        if (packets + replay > available)
        {
            Log.MemoryShort(_log, packets / MiB, replay / MiB, available / MiB);
        }
    }

    private async Task WatchAsync(OverlayScheduler scheduler)
    {
        await scheduler.Ended;
        if (scheduler.Failed)
        {
            OnFailed?.Invoke();
        }
    }

    private void Reloaded(bool tried)
    {
        _certificates.Warn();
        if (tried)
        {
            _status.Request();
        }
    }

    private static async Task<OverlaySnapshot> LastAsync(OverlayScheduler scheduler)
    {
        await scheduler.Ended;
        return scheduler.Last ?? throw new InvalidOperationException("The overlay's scheduler has ended without a last state.");
    }
}
