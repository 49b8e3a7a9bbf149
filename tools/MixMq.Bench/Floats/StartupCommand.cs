using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using MixMq.Bench.Links;

namespace MixMq.Bench.Floats;

/// <summary><c>startup</c>: how long a float takes from its start to listening, and to its first link.</summary>
internal static class StartupCommand
{
    public static Command Create()
    {
        var rounds = Options.Number("--rounds", "Starts to take the median of", 1, 100, 5);
        var executable = Options.Float();
        var json = Options.Json();
        var command = new Command("startup", "Starts the float's executable, waits until it listens, and makes the first link at once.") { rounds, executable, json };
        command.SetAction(parse =>
        {
            try
            {
                var report = Measure(FloatExecutable.Find(parse.GetValue(executable)), parse.GetValue(rounds));
                parse.InvocationConfiguration.Output.WriteLine(parse.GetValue(json) ? report.ToJsonString() : Show(report));
                return 0;
            }
            catch (BenchException e)
            {
                parse.InvocationConfiguration.Error.WriteLine(e.Message);
                return 1;
            }
        });
        return command;
    }

    private static JsonObject Measure(string executable, int rounds)
    {
        var (listening, up, cpu) = (new List<double>(), new List<double>(), new List<double>());
        for (var round = 0; round < rounds; round++)
        {
            using var end = new LinkEnd();
            using var clock = new LinkClock([end], milliseconds: 2);
            using var process = new FloatProcess(executable, [end.Identity], probed: false);
            listening.Add(process.ListeningMs);
            end.Start(process.Target);
            end.Up.WaitAsync(TimeSpan.FromSeconds(30)).GetAwaiter().GetResult();
            up.Add(Stopwatch.GetElapsedTime(process.Started, end.UpTimestamp).TotalMilliseconds);
            cpu.Add(process.CpuMicros / 1000);
            end.Dispose();
        }

        var (derive, used) = (Derive.Micros(), Statistics.Median(cpu));
        return new JsonObject
        {
            ["benchmark"] = "startup",
            ["path"] = "float",
            ["batch"] = 1,
            ["us"] = Math.Round(used * 1000, 1),
            ["x25519_us"] = Math.Round(derive, 2),
            ["ratio"] = Math.Round(used * 1000 / derive, 1),
            ["listening_ms"] = Math.Round(Statistics.Median(listening), 1),
            ["first_link_ms"] = Math.Round(Statistics.Median(up), 1),
            ["cpu_ms"] = Math.Round(used, 1),
            ["rounds"] = rounds,
        };
    }

    private static string Show(JsonObject report) => string.Create(CultureInfo.InvariantCulture, $"""
        from the start to listening      {report["listening_ms"]} ms
        from the start to the first link {report["first_link_ms"]} ms (two HELLOs of 200 ms are answered before a link counts as up)
        CPU until then                   {report["cpu_ms"]} ms
        """);
}
