using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using MixMq.Float;
using MixMq.Transport.Configuration;
using MixMq.Transport.Logging;

const int Success = 0;
const int RuntimeFailure = 1;
const int UsageError = 2;

var arguments = ExecutableArguments.Parse(args);
if (arguments.Help)
{
    await Console.Out.WriteLineAsync(Usage.Text);
    return Success;
}

if (arguments.Version)
{
    var version = Assembly.GetExecutingAssembly().GetCustomAttribute<AssemblyInformationalVersionAttribute>();
    await Console.Out.WriteLineAsync($"MixMq.Float {version?.InformationalVersion}");
    return Success;
}

if (arguments.Error is not null)
{
    await Console.Error.WriteLineAsync($"{arguments.Error}\n\n{Usage.Text}");
    return UsageError;
}

var loaded = ConfigurationLoader.Load(
    arguments.ConfigFile!,
    Environment.GetEnvironmentVariables(),
    arguments.Overrides,
    reader => RelayConfiguration.Read(reader, relays: true));
if (!loaded.IsValid)
{
    await Console.Error.WriteLineAsync($"The configuration has {loaded.Errors.Length} error(s):");
    foreach (var error in loaded.Errors)
    {
        await Console.Error.WriteLineAsync($"  {error}");
    }

    return UsageError;
}

var configuration = loaded.Value;
if (arguments.CheckConfig)
{
    await Console.Out.WriteLineAsync("The configuration is valid.");
    return Success;
}

// The empty builder: no files, environment or command line are read again, and nothing is watched.
var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { ApplicationName = "MixMq.Float" });
builder.Logging.AddStandardError(configuration.LogLevel);
builder.Services.AddSingleton(configuration);
builder.Services.AddHostedService<FloatService>();
builder.Services.Configure<ConsoleLifetimeOptions>(options => options.SuppressStatusMessages = true);
builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = FloatService.StopBound(configuration) + TimeSpan.FromSeconds(2));
try
{
    using var host = builder.Build();
    await host.RunAsync();
    return Success;
}
catch (Exception e) when (e is IOException or UnauthorizedAccessException or MixMq.Transport.Keys.KeyFileException)
{
    await Console.Error.WriteLineAsync(e.Message);
    return RuntimeFailure;
}
