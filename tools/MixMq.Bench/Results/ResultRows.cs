using System.Globalization;
using System.Text.Json.Nodes;

namespace MixMq.Bench.Results;

/// <summary>Turns what the benchmarks write into lines of the README's table. What stands for itself is left out: small batches, other paths.</summary>
internal static class ResultRows
{
    public static IEnumerable<ResultRow> Of(JsonObject report) => (string)report["benchmark"]! switch
    {
        "x25519" when Batch(report) == 64 => [Ratio(report, $"X25519, {report["path"]}, 64 at a time", "x25519")],
        "unwrap" when Batch(report) is 1 or 32 or 64 => [Ratio(report, Named("Unwrap", report), "unwrap")],
        "wrap" when Batch(report) is 1 or 64 => [Ratio(report, Named("Wrap over 5 hops", report), "wrap")],
        "surb-make" => [Ratio(report, "Making a SURB over 5 hops", "surb")],
        "surb-use" => [Ratio(report, "Using a SURB", "surb")],
        "surb-open" => [Ratio(report, "Opening a reply", "surb")],
        "replay-new" => [Ratio(report, $"Replay filter, {report["path"]}: a new tag", "replay")],
        "paths" => Paths(report),
        "delay-queue" => DelayQueue(report),
        "relay" => Relay(report),
        "startup" => [Row("Float, from start to listening; to the first link", $"{report["listening_ms"]} ms; {report["first_link_ms"]} ms", "startup")],
        "idle" => [Row($"Idle float with {report["links"]} links", $"{(double)report["cpu_share"]!:P2} of a core, {report["resident_mb"]} MB", "idle")],
        _ => [],
    };

    private static IEnumerable<ResultRow> Paths(JsonObject report) =>
    [
        Row($"A path of {report["path_links"]} links among {report["nodes"]} relays", $"{report["path_per_x25519"]} derives", "paths"),
        Row("The first path after a change of the topology", $"{report["first_path_after_change_per_x25519"]} derives", "paths"),
    ];

    private static IEnumerable<ResultRow> DelayQueue(JsonObject report) =>
    [
        Row($"{report["packets"]:N0} delayed packets at once", $"{(double)report["resident_mb"]! / 1000:F2} GB", "delay-queue"),
        Row("Released within 5 ms of due", $"{(double)report["share_within_5_ms"]!:P2}", "delay-queue"),
        Row("Putting a packet in and releasing it", $"{report["ratio"]} derives", "delay-queue"),
    ];

    private static IEnumerable<ResultRow> Relay(JsonObject report) =>
    [
        Row("A float's processor time a packet, TLS on both sides", $"{report["ratio"]} derives; {report["ratio_loaded"]} of those made under the same load", "relay"),
        Row("Packets a second at saturation", $"{report["packets_per_s"]} on {Processors(report)}", "relay"),
        .. report["loads"]!.AsArray().Select(load => Row(
            $"Added to the delays asked for, at {load!["load"]} of that", $"p50 {load["p50_ms"]} ms, p99 {load["p99_ms"]} ms, p99.9 {load["p999_ms"]} ms", "relay")),
        Row("Managed allocation a packet, at saturation", $"{report["allocated_bytes"]} bytes", "relay"),
        Row($"Memory with {report["links"]} links up", $"{report["resident_mb_links_up"]} MB", "relay"),
        Row("Packets lost below saturation", $"{report["lost"]}", "relay"),
    ];

    private static int Batch(JsonObject report) => (int)report["batch"]!;

    private static string Named(string what, JsonObject report) => Batch(report) == 1 ? $"{what}, one packet alone" : $"{what}, {Batch(report)} at a time";

    private static ResultRow Ratio(JsonObject report, string what, string command) => Row(what, $"{(double)report["ratio"]!:0.###} derives", command);

    private static ResultRow Row(FormattableString what, FormattableString figure, string command) =>
        Row(what.ToString(CultureInfo.InvariantCulture), figure, command);

    private static ResultRow Row(string what, FormattableString figure, string command) =>
        new(what, figure.ToString(CultureInfo.InvariantCulture), command);

    private static string Processors(JsonObject report) => (int?)report["float_processors"] switch
    {
        null or 0 => $"{report["processors"]} processors, shared with generator and sink",
        1 => "1 processor of the float's own",
        var own => $"{own} processors of the float's own",
    };
}
