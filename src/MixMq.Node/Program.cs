using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using MixMq.Contracts.Control.V1;
using MixMq.Contracts.Server;
using MixMq.Node;
using MixMq.Node.Api;
using MixMq.Node.Configuration;
using MixMq.Node.Survey;
using MixMq.Storage;
using MixMq.Transport.Executables;
using MixMq.Transport.Keys;
using MixMq.Transport.Logging;

var (arguments, backup, replace) = RestoreRun.Take(args);
var start = await ExecutableStart.ReadAsync("MixMq.Node", Usage.Text, arguments, NodeConfiguration.Read, NodeSurvey.RunAsync);
if (start.Configuration is not { } configuration)
{
    return start.ExitCode;
}

if (backup is not null)
{
    return await ExecutableEnd.OfAsync(
        () =>
        {
            RestoreRun.Run(configuration, backup, replace);
            return Task.CompletedTask;
        },
        static () => false,
        static failure => failure is MessageStoreException or KeyFileException,
        Console.Error);
}

// The empty builder: no files, environment or command line are read again, and nothing is watched.
WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "MixMq.Node" });
builder.Logging.AddStandardError(configuration.LogLevel);
builder.WebHost.UseKestrelCore().ListenOnControlSocket(configuration.ControlSocket);
builder.Services.AddRoutingCore();
builder.Services.AddSingleton(configuration);
builder.Services.AddSingleton(start.Live!);
builder.Services.AddSingleton<Names>();
builder.Services.AddSingleton<NodeService>();
builder.Services.AddSingleton<ControlService>();
builder.Services.AddHostedService(services => services.GetRequiredService<NodeService>());
builder.Services.Configure<ConsoleLifetimeOptions>(options => options.SuppressStatusMessages = true);
builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = NodeService.StopBound(configuration) + TimeSpan.FromSeconds(2));
NodeService? node = null;
return await ExecutableEnd.OfAsync(
    async () =>
    {
        await using WebApplication app = builder.Build();
        node = app.Services.GetRequiredService<NodeService>();
        app.MapGrpc(NodeControlDefinition.Create(app.Services.GetRequiredService<ControlService>()));
        start.WatchStandardInput(app.Lifetime.StopApplication);
        var manager = ServiceManager.FromEnvironment();
        app.Lifetime.ApplicationStarted.Register(manager.Ready);
        app.Lifetime.ApplicationStopping.Register(manager.Stopping);
        await app.RunAsync();
    },
    () => node is { Failed: true },
    static failure => failure is IOException or UnauthorizedAccessException or KeyFileException or MessageStoreException or ControlSocketException or InvalidDataException,
    Console.Error);
