using System.Globalization;
using System.Text.Json.Nodes;
using MixMq.Cli.Local;
using Spectre.Console;

namespace MixMq.Cli.Benchmarks;

/// <summary>What was measured: as a table, and as the JSON object whose member names scripts rely on.</summary>
internal sealed record BenchReport
{
    public required BenchOptions Options { get; init; }

    public required BenchSnapshot Before { get; init; }

    public required BenchSnapshot After { get; init; }

    /// <summary>Microseconds of one libcrypto X25519 derive, and of all its sampling.</summary>
    public required (double Micros, double SpentMicros) Derive { get; init; }

    public required int Lost { get; init; }

    public required int Duplicated { get; init; }

    public required int Corrupted { get; init; }

    public required int Disordered { get; init; }

    /// <summary>Milliseconds from before the call until the recipient's application had the message; to and fro: until the sender's had the answer.</summary>
    public required IReadOnlyList<double> Latencies { get; init; }

    public bool Succeeded => Messages > 0 && Lost == 0 && Duplicated == 0 && Corrupted == 0 && Disordered == 0;

    private int Messages => After.Received - Before.Received;

    private double Seconds => TimeProvider.System.GetElapsedTime(Before.Timestamp, After.Timestamp).TotalSeconds;

    public JsonObject ToJson() => new()
    {
        ["success"] = Succeeded,
        ["mode"] = Options.PingPong ? "ping-pong" : "messages",
        ["size"] = Options.Size,
        ["seconds"] = Math.Round(Seconds, 3),
        ["messages"] = Messages,
        ["messages_per_s"] = Round(Messages / Seconds),
        ["cpu_derives_per_message"] = Round(DerivesPerMessage(After.ProcessorMicros.Keys)),
        ["derive_us"] = Math.Round(Derive.Micros, 2),
        ["lost"] = Lost,
        ["duplicated"] = Duplicated,
        ["corrupted"] = Corrupted,
        ["disordered"] = Disordered,
        [Options.PingPong ? "round_trip_ms_p50" : "latency_ms_p50"] = Round(Percentile.Of(Latencies, 50)),
        [Options.PingPong ? "round_trip_ms_p99" : "latency_ms_p99"] = Round(Percentile.Of(Latencies, 99)),
        ["cpu_derives_by_process"] = new JsonObject(After.ProcessorMicros.Keys.Select(name => KeyValuePair.Create(name, (JsonNode?)Round(DerivesPerMessage([name]))))),
        ["resident_bytes"] = new JsonObject(After.ResidentBytes.Select(process =>
            KeyValuePair.Create(process.Key, (JsonNode?)new JsonObject { ["before"] = Before.ResidentBytes[process.Key], ["after"] = process.Value }))),
    };

    public Table ToTable()
    {
        var table = new Table { ShowHeaders = false }.AddColumns("", "").Border(TableBorder.Rounded);
        void Row(string name, FormattableString value) => table.AddRow(new Text(name), new Text(value.ToString(CultureInfo.InvariantCulture)));
        Row("Messages", $"{Messages} of {Options.Size} bytes in {Seconds:0.0} s");
        Row("Messages a second", $"{Messages / Seconds:0}");
        Row("Processor time", $"{DerivesPerMessage(After.ProcessorMicros.Keys):0.0} X25519 derives a message ({Derive.Micros:0.0} µs each)");
        foreach (var name in After.ProcessorMicros.Keys)
            Row("  " + name, $"{DerivesPerMessage([name]):0.0}");
        Row(Options.PingPong ? "To and fro" : "Latency", $"median {Percentile.Of(Latencies, 50):0.0} ms, 99th percentile {Percentile.Of(Latencies, 99):0.0} ms");
        Row("Lost", $"{Lost}");
        Row("Duplicated", $"{Duplicated}");
        Row("Corrupted", $"{Corrupted}");
        Row("Out of order", $"{Disordered}");
        foreach (var (name, bytes) in After.ResidentBytes)
            Row("Memory of " + name, $"{Before.ResidentBytes[name] / 1e6:0} MB before, {bytes / 1e6:0} MB after");
        return table;
    }

    private double DerivesPerMessage(IEnumerable<string> processes) => processes.Sum(name =>
        After.ProcessorMicros[name] - Before.ProcessorMicros[name] - (name == BenchSnapshot.Applications ? Derive.SpentMicros : 0)) / Derive.Micros / Math.Max(1, Messages);

    private static double Round(double value) => Math.Round(value, 2);
}
