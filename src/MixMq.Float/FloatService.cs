using System.Runtime.InteropServices;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using MixMq.Transport;
using MixMq.Transport.Configuration;

namespace MixMq.Float;

/// <summary>
/// The overlay and nothing else: there is no packet consumer, so whatever is delivered to a float is dropped and counted.
/// It is run by its files and by signals; it has no control API.
/// </summary>
internal sealed class FloatService : IHostedService, IAsyncDisposable
{
    /// <summary>SIGUSR1 on Linux; .NET names only the signals that exist everywhere.</summary>
    private const int WriteStatusSignal = 10;

    private readonly RelayConfiguration _configuration;
    private readonly NodeIdentity _identity;
    private readonly OverlayHost _overlay;
    private PosixSignalRegistration? _writeStatus;
    private PosixSignalRegistration? _reload;
    private bool _isDisposed;

    public FloatService(RelayConfiguration configuration, LiveConfiguration<RelayConfiguration> live, ILoggerFactory loggerFactory, IHostApplicationLifetime lifetime)
    {
        _configuration = configuration;
        _identity = NodeIdentity.Load(configuration.IdentityKeyFile);
        _overlay = new OverlayHost(configuration, _identity, consumer: null, loggerFactory, TimeProvider.System)
        {
            Live = live,
            OnFailed = () =>
            {
                Failed = true;
                lifetime.StopApplication();
            },
        };
    }

    /// <summary>The overlay ended by a defect; the process says so by its exit code.</summary>
    internal bool Failed { get; private set; }

    internal static TimeSpan StopBound(RelayConfiguration configuration) => TimeSpan.FromSeconds(configuration.Limits.DrainSeconds);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        // First: until it is registered, the signal's default action would end the process.
        _writeStatus = PosixSignalRegistration.Create((PosixSignal)WriteStatusSignal, context =>
        {
            context.Cancel = true;
            _overlay.RequestStatus();
        });
        _reload = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
        {
            context.Cancel = true;
            _overlay.ReloadFiles();
        });
        await _overlay.StartAsync(cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => _overlay.StopAsync(StopBound(_configuration));

    /// <summary>The container disposes of it twice, as itself and as a hosted service.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, true))
        {
            return;
        }

        _writeStatus?.Dispose();
        _reload?.Dispose();
        await _overlay.DisposeAsync();
        _identity.Dispose();
        _configuration.Certificate.Dispose();
        _configuration.Outward.Credentials?.Dispose();
    }
}
