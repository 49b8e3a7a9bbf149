using System.CommandLine;
using System.Text.Json.Nodes;

namespace MixMq.Bench.Tests;

/// <summary>One command of the benchmarks, run in this process with parameters so small that its figures mean nothing.</summary>
internal sealed record BenchRun(int ExitCode, string Output, string Error)
{
    public static BenchRun Of(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var exitCode = BenchCommands.Create().Parse(arguments).Invoke(new InvocationConfiguration { Output = output, Error = TextWriter.Synchronized(error) });
        return new BenchRun(exitCode, output.ToString(), error.ToString());
    }

    /// <summary>The last line, which is the report.</summary>
    public JsonObject Report() =>
        JsonNode.Parse(Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1])!.AsObject();
}
