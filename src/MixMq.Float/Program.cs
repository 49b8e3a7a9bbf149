using MixMq.Transport.Executables;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using MixMq.Float;
using MixMq.Transport.Configuration;
using MixMq.Transport.Logging;

var start = await ExecutableStart.ReadAsync("MixMq.Float", Usage.Text, args, reader => RelayConfiguration.Read(reader, relays: true));
if (start.Configuration is not { } configuration)
{
    return start.ExitCode;
}

// The empty builder: no files, environment or command line are read again, and nothing is watched.
var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { ApplicationName = "MixMq.Float" });
builder.Logging.AddStandardError(configuration.LogLevel);
builder.Services.AddSingleton(configuration);
builder.Services.AddSingleton(start.Live!);
builder.Services.AddSingleton<FloatService>();
builder.Services.AddHostedService(services => services.GetRequiredService<FloatService>());
builder.Services.Configure<ConsoleLifetimeOptions>(options => options.SuppressStatusMessages = true);
builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = FloatService.StopBound(configuration) + TimeSpan.FromSeconds(2));
FloatService? service = null;
return await ExecutableEnd.OfAsync(
    async () =>
    {
        using var host = builder.Build();
        var lifetime = host.Services.GetRequiredService<IHostApplicationLifetime>();
        start.WatchStandardInput(lifetime.StopApplication);
        var manager = ServiceManager.FromEnvironment();
        lifetime.ApplicationStarted.Register(manager.Ready);
        lifetime.ApplicationStopping.Register(manager.Stopping);
        service = host.Services.GetRequiredService<FloatService>();
        await host.RunAsync();
    },
    () => service is { Failed: true },
    static failure => failure is IOException or UnauthorizedAccessException or MixMq.Transport.Keys.KeyFileException,
    Console.Error);
