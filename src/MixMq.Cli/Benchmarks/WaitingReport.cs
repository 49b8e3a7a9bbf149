using System.Globalization;
using System.Text.Json.Nodes;
using Spectre.Console;

namespace MixMq.Cli.Benchmarks;

/// <summary>What was measured beside very many messages that wait.</summary>
internal sealed record WaitingReport
{
    /// <summary>Messages that wait.</summary>
    public required int Count { get; init; }

    /// <summary>All that went to the other recipient came, once and unchanged, and nothing else waits.</summary>
    public required bool Whole { get; init; }

    public required double SubmitSeconds { get; init; }

    /// <summary>From the start of the process until it has taken a message.</summary>
    public required double StartSeconds { get; init; }

    public required long ResidentBytes { get; init; }

    public required long PeakResidentBytes { get; init; }

    /// <summary>Turns of the sender with nothing that waits.</summary>
    public required IReadOnlyList<SenderTurn> Alone { get; init; }

    /// <summary>Those of the sender with all that waits, each beside the one before it or after it.</summary>
    public required IReadOnlyList<SenderTurn> Beside { get; init; }

    private double ThroughputRatio => Median(Alone.Zip(Beside, static (without, with) => with.PerSecond / without.PerSecond));

    private double ProcessorRatio => Median(Alone.Zip(Beside, static (without, with) => with.MicrosPerMessage / without.MicrosPerMessage));

    public JsonObject ToJson() => new()
    {
        ["success"] = Whole,
        ["mode"] = "waiting",
        ["count"] = Count,
        ["turns"] = Alone.Count,
        ["submit_s"] = Math.Round(SubmitSeconds, 1),
        ["start_s"] = Math.Round(StartSeconds, 3),
        ["resident_mb"] = Math.Round(ResidentBytes / 1e6, 1),
        ["peak_resident_mb"] = Math.Round(PeakResidentBytes / 1e6, 1),
        ["messages_per_s_alone"] = Math.Round(Alone.Average(turn => turn.PerSecond), 2),
        ["messages_per_s_beside"] = Math.Round(Beside.Average(turn => turn.PerSecond), 2),
        ["throughput_ratio"] = Math.Round(ThroughputRatio, 3),
        ["sender_cpu_us_alone"] = Math.Round(Alone.Average(turn => turn.MicrosPerMessage), 1),
        ["sender_cpu_us_beside"] = Math.Round(Beside.Average(turn => turn.MicrosPerMessage), 1),
        ["sender_cpu_ratio"] = Math.Round(ProcessorRatio, 3),
    };

    public Table ToTable()
    {
        var table = new Table { ShowHeaders = false }.AddColumns("", "").Border(TableBorder.Rounded);
        void Row(string name, FormattableString value) => table.AddRow(new Text(name), new Text(value.ToString(CultureInfo.InvariantCulture)));
        Row("Messages that wait", $"{Count}, submitted in {SubmitSeconds:0.0} s{(Whole ? "" : "; something was lost, doubled or changed")}");
        Row("Start", $"{StartSeconds:0.00} s until the node takes a message to another recipient");
        Row("Memory", $"{ResidentBytes / 1e6:0} MB, at most {PeakResidentBytes / 1e6:0} MB");
        Row("To another recipient", $"{Beside.Average(turn => turn.PerSecond):0} messages a second; {Alone.Average(turn => turn.PerSecond):0} from a sender with none that wait: {ThroughputRatio:0.00}");
        Row("Processor time of the node", $"{Beside.Average(turn => turn.MicrosPerMessage):0} µs a message; {Alone.Average(turn => turn.MicrosPerMessage):0} µs with none that wait: {ProcessorRatio:0.00}");
        return table;
    }

    /// <summary>Of an even number, the mean of the two in the middle.</summary>
    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
