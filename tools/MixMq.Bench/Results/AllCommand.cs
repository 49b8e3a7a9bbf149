using System.CommandLine;
using System.Diagnostics;
using System.Text.Json.Nodes;

namespace MixMq.Bench.Results;

/// <summary><c>all</c>: the benchmarks one after another, each in a process of its own, as a table in Markdown or as JSON lines.</summary>
internal static class AllCommand
{
    private static readonly string[] Names = ["x25519", "unwrap", "wrap", "surb", "replay", "paths", "delay-queue", "relay", "startup", "idle"];

    public static Command Create()
    {
        var only = new Option<string[]>("--only") { Description = $"Of {string.Join(", ", Names)}: those that are to be run. Without it, all.", AllowMultipleArgumentsPerToken = true };
        only.AcceptOnlyFromAmong(Names);
        var json = new Option<bool>("--json") { Description = "One JSON object a line and nothing else to standard output." };
        var command = new Command("all", "Every benchmark with its usual parameters; writes the table of results that the README has. Takes about five minutes.") { only, json };
        command.SetAction(parse =>
        {
            var (output, error) = (parse.InvocationConfiguration.Output, parse.InvocationConfiguration.Error);
            var asked = parse.GetValue(only) is { Length: > 0 } some ? some : Names;
            if (!parse.GetValue(json))
                output.WriteLine($"Measured on {Machine.Describe()}.\n\n| What | Measured | `mixmq-bench …` |\n| --- | --- | --- |");
            var failed = false;
            foreach (var name in Names.Where(asked.Contains))
            {
                error.WriteLine($"{name} …");
                failed |= !Run(name, line => Write(line, parse.GetValue(json), output));
            }

            return failed ? 1 : 0;
        });
        return command;
    }

    private static void Write(string line, bool json, TextWriter output)
    {
        if (json)
        {
            output.WriteLine(line);
            return;
        }

        foreach (var row in ResultRows.Of(JsonNode.Parse(line)!.AsObject()))
            output.WriteLine(row);
    }

    private static bool Run(string name, Action<string> take)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "mixmq-bench.dll");
        using var process = Process.Start(new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", ["exec", program, name, "--json"])
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
        }) ?? throw new BenchException("A process can't be started.");
        while (process.StandardOutput.ReadLine() is { } line)
            take(line);
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
