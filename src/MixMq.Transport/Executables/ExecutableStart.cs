using System.Reflection;
using MixMq.Transport.Configuration;

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
    /// <returns>A configuration to run with, or an exit code.</returns>
    public static async Task<ExecutableStart<T>> ReadAsync<T>(string name, string usage, string[] args, Func<ConfigurationReader, T?> read)
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

        var (configuration, live) = ConfigurationLoader.LoadLive(
            arguments.ConfigFile!, Environment.GetEnvironmentVariables(), arguments.Overrides, read, out var errors);
        if (configuration is null)
        {
            await Console.Error.WriteLineAsync($"The configuration has {errors.Length} error(s):");
            foreach (ConfigurationError error in errors)
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

        return new ExecutableStart<T>(configuration, live, 0, arguments.WatchStandardInput);
    }

    private static ExecutableStart<T> Ended<T>(int exitCode)
        where T : RelayConfiguration => new(null, null, exitCode, watchStandardInput: false);
}
