using System.Text.Json;

namespace MixMq.Cli.Tests;

/// <summary>What a command did, as its user sees it.</summary>
internal sealed record CliResult(int ExitCode, string Output, string Error)
{
    /// <summary>Standard output as the one JSON object that it must be.</summary>
    public JsonElement Json => JsonDocument.Parse(Output).RootElement;

    public JsonElement[] JsonLines => [.. Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];

    /// <summary>Runs a command in this process.</summary>
    public static async Task<CliResult> RunAsync(string folder, string[] args, byte[]? standardInput = null, IReadOnlyDictionary<string, string>? variables = null)
    {
        var environment = new CliEnvironment
        {
            Variable = name => variables?.GetValueOrDefault(name),
            StandardInput = () => standardInput is null ? null : new MemoryStream(standardInput),
            CurrentFolder = folder,
            Interactive = false,
        };
        var output = new StringWriter();
        var error = new StringWriter();
        var exitCode = await CommandLine.RunAsync(args, environment, output, error);
        return new CliResult(exitCode, output.ToString(), error.ToString());
    }
}
