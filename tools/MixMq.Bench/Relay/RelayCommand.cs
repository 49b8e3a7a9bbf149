using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using MixMq.Bench.Floats;
using MixMq.Bench.Processes;

namespace MixMq.Bench.Relay;

/// <summary><c>relay</c>: what the shipping float does as a process, with TLS on both sides.</summary>
internal static class RelayCommand
{
    public static Command Create()
    {
        var seconds = Options.Number("--seconds", "Measured seconds at saturation, and again at each of three loads", 1, 60, 5);
        var links = Options.Number("--links", "Links that are up, those of generator and sink included", 2, 1000, 100);
        var delay = Options.Number("--mean-delay-ms", "Mean of the exponential delay that packets ask for", 0, 2000, 50);
        var window = Options.Number("--window", "Packets on the way at saturation; a float's queues hold 4096 by default", 64, 100_000, 4_000);
        var warmUp = Options.Number("--warm-up", "Packets that go through before anything counts", 100, 500_000, 40_000);
        var processors = Options.Number("--float-processors", "Processors that the float has for itself, generator and sink using the others, so that a load is the float's and not the machine's; 0: all use all", 0, 1024, Placement.Half);
        var executable = Options.Float();
        var json = Options.Json();
        var command = new Command(
            "relay",
            "A float between a generator and a sink, each a process of its own: packets a second, processor time a packet, and what it adds to the delays asked for.")
        {
            seconds, links, delay, window, warmUp, processors, executable, json,
        };
        command.SetAction(parse =>
        {
            var error = parse.InvocationConfiguration.Error;
            try
            {
                var options = new RelayOptions
                {
                    Executable = FloatExecutable.Find(parse.GetValue(executable)),
                    Seconds = parse.GetValue(seconds),
                    Links = parse.GetValue(links),
                    MeanDelayMs = parse.GetValue(delay),
                    Window = parse.GetValue(window),
                    WarmUp = parse.GetValue(warmUp),
                    FloatProcessors = parse.GetValue(processors),
                };
                using var run = new RelayRun(options, error.WriteLine);
                var report = run.Measure();
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

    private static string Show(JsonObject report)
    {
        var text = new StringBuilder();
        void Line(string what, FormattableString value) => text.AppendLine(CultureInfo.InvariantCulture, $"{what,-36} {value.ToString(CultureInfo.InvariantCulture)}");
        Line("packets a second at saturation", $"{report["packets_per_s"]} on {report["processors"]} processors, {((int)report["float_processors"]! == 0 ? "generator and sink included" : $"{report["float_processors"]} of them for the float alone")}");
        Line("the float's CPU a packet", $"{report["cpu_us"]} µs, {report["ratio"]} of a libcrypto derive ({report["x25519_us"]} µs), {report["ratio_loaded"]} of one made meanwhile");
        Line("managed allocation a packet", $"{report["allocated_bytes"]} bytes");
        Line("resident memory", $"{report["resident_mb_links_up"]} MB with {report["links"]} links up, {report["resident_mb_after"]} MB after all packets");
        Line("lost", $"{report["lost"]}");
        foreach (var load in report["loads"]!.AsArray())
            Line($"beyond the delay at {load!["load"]}", $"p50 {load["p50_ms"]} ms, p99 {load["p99_ms"]} ms, p99.9 {load["p999_ms"]} ms; {load["packets_per_s"]} packets/s, {load["cpu_us"]} µs of CPU a packet");
        return text.ToString().TrimEnd();
    }
}
