using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using MixMq.Bench.Processes;

namespace MixMq.Bench.Floats;

/// <summary><c>idle</c>: what a float costs that has links and no packets.</summary>
internal static class IdleCommand
{
    public static Command Create()
    {
        var links = Options.Number("--links", "Links that are up", 1, 1000, 10);
        var seconds = Options.Number("--seconds", "Measured seconds", 1, 600, 20);
        var executable = Options.Float();
        var json = Options.Json();
        var command = new Command("idle", "A float whose links are up and carry no packet: share of a core, and memory.") { links, seconds, executable, json };
        command.SetAction(parse =>
        {
            var error = parse.InvocationConfiguration.Error;
            try
            {
                var report = Measure(FloatExecutable.Find(parse.GetValue(executable)), parse.GetValue(links), parse.GetValue(seconds), error.WriteLine);
                parse.InvocationConfiguration.Output.WriteLine(parse.GetValue(json) ? report.ToJsonString() : Show(report));
                return 0;
            }
            catch (BenchException e)
            {
                error.WriteLine(e.Message);
                return 1;
            }
        });
        return command;
    }

    private static JsonObject Measure(string executable, int links, int seconds, Action<string> say)
    {
        using var peers = new HelperProcess("relay-peers", "--count", links.ToString(CultureInfo.InvariantCulture));
        using var process = new FloatProcess(executable, peers.Ends(), probed: false);
        say($"linking {links} nodes to the float");
        peers.Link(process.Target);

        // Records and keys have gone around, and what starting has compiled is compiled.
        Thread.Sleep(TimeSpan.FromSeconds(Math.Min(seconds, 5)));
        say($"measuring for {seconds} s");
        var (started, cpu) = (Stopwatch.GetTimestamp(), process.CpuMicros);
        Thread.Sleep(TimeSpan.FromSeconds(seconds));
        var share = (process.CpuMicros - cpu) / Stopwatch.GetElapsedTime(started).TotalMicroseconds;
        var resident = process.ResidentMegabytes;
        var derive = Derive.Micros();
        peers.Dispose();
        return new JsonObject
        {
            ["benchmark"] = "idle",
            ["path"] = "float",
            ["batch"] = 1,
            ["us"] = Math.Round(share * 1e6, 1),
            ["x25519_us"] = Math.Round(derive, 2),
            ["ratio"] = Math.Round(share * 1e6 / derive, 1),
            ["links"] = links,
            ["seconds"] = seconds,
            ["cpu_share"] = Math.Round(share, 5),
            ["resident_mb"] = Math.Round(resident, 1),
        };
    }

    private static string Show(JsonObject report) => string.Create(
        CultureInfo.InvariantCulture, $"an idle float with {report["links"]} links: {(double)report["cpu_share"]!:P2} of a core, {report["resident_mb"]} MB resident");
}
