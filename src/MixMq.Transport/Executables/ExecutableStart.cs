using System.Reflection;
using MixMq.Transport.Configuration;
using MixMq.Transport.Survey;

namespace MixMq.Transport.Executables;

/// <summary>Reads the command line and configuration of an executable.</summary>
public static class ExecutableStart
{
    private const int UsageError = 2;

    /// <summary>Answers what can be answered without running, and loads the configuration.</summary>
    /// <typeparam name="T">The executable's configuration.</typeparam>
    /// <param name="name">The executable's name, for <c>--version</c>.</param>
    /// <param name="usage">The text of <c>--help</c>.</param>
    /// <param name="args">The command line.</param>
    /// <param name="read">Builds the configuration; notes errors on the reader.</param>
    /// <param name="further">What the executable adds to a survey, <c>--doctor</c>; null: nothing.</param>
    /// <returns>A configuration to run with, or an exit code.</returns>
    public static async Task<ExecutableStart<T>> ReadAsync<T>(
        string name, string usage, string[] args, Func<ConfigurationReader, T?> read, Func<T, CancellationToken, Task<SurveyAddition>>? further = null)
        where T : RelayConfiguration
    {
        var arguments = ExecutableArguments.Parse(args);
        if (arguments.Help)
        {
            await Console.Out.WriteLineAsync(usage);
            return Ended<T>(0);
        }

        if (arguments.Version)
        {
            var version = Assembly.GetEntryAssembly()?.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;
            await Console.Out.WriteLineAsync($"{name} {version}");
            return Ended<T>(0);
        }

        if (arguments.Error is not null)
        {
            await Console.Error.WriteLineAsync($"{arguments.Error}\n\n{usage}");
            return Ended<T>(UsageError);
        }

        var environment = Environment.GetEnvironmentVariables();
        var result = ConfigurationLoader.Load(arguments.ConfigFile!, environment, arguments.Overrides, read);
        if (arguments.Doctor is { } survey)
        {
            return Ended<T>(await SurveyRun.RunAsync(survey, result, further, TimeProvider.System));
        }

        if (result.Value is not { } configuration)
        {
            await Console.Error.WriteLineAsync($"The configuration has {result.Errors.Length} error(s):");
            foreach (ConfigurationError error in result.Errors)
            {
                await Console.Error.WriteLineAsync($"  {error}");
            }

            return Ended<T>(UsageError);
        }

        if (arguments.CheckConfig)
        {
            await Console.Out.WriteLineAsync("The configuration is valid.");
            return Ended<T>(0);
        }

        var live = ConfigurationLoader.Live(arguments.ConfigFile!, environment, arguments.Overrides, read, result);
        return new ExecutableStart<T>(configuration, live, 0, arguments.WatchStandardInput);
    }

    private static ExecutableStart<T> Ended<T>(int exitCode)
        where T : RelayConfiguration => new(null, null, exitCode, watchStandardInput: false);
}
