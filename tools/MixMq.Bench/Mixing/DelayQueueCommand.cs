using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;

namespace MixMq.Bench.Mixing;

/// <summary><c>delay-queue</c>: a million packets held at once, in real time.</summary>
internal static class DelayQueueCommand
{
    public static Command Create()
    {
        var packets = Options.Number("--packets", "Packets held at once", 100, 1_000_000, 1_000_000);
        var seconds = Options.Number("--seconds", "Seconds of releasing and putting back", 1, 120, 10);
        var json = Options.Json();
        var command = new Command("delay-queue", "Packets held for their delay by the shipping core: memory, time of putting in and releasing, and how punctual it is.")
        {
            packets, seconds, json,
        };
        command.SetAction(parse =>
        {
            var report = DelayQueueRun.Measure(parse.GetValue(packets), parse.GetValue(seconds), parse.InvocationConfiguration.Error.WriteLine);
            parse.InvocationConfiguration.Output.WriteLine(parse.GetValue(json) ? report.ToJsonString() : Show(report));
        });
        return command;
    }

    private static string Show(JsonObject report) => string.Create(CultureInfo.InvariantCulture, $"""
        {report["packets"]} packets held at once  {report["resident_mb"]} MB ({report["resident_mb_before"]} MB before)
        released within 5 ms of due   {(double)report["share_within_5_ms"]!:P3} of {report["released"]} (p99.9 {report["late_p999_ms"]} ms, latest {report["late_max_ms"]} ms)
        putting one in, full          {report["insert_us_when_full"]} µs
        releasing one                 {report["release_us"]} µs (both together {report["ratio"]} of a libcrypto derive)
        collections in {report["seconds"]} s           {report["gc_count"]}, {report["gc_pause_ms"]} ms in all
        """);
}
