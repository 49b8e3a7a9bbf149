using System.Text.Json.Nodes;
using MixMq.Simulation.Scale;

namespace MixMq.Sim.Commands;

/// <summary>What <c>topology</c> shows.</summary>
internal static class TopologyOutput
{
    private const double Gibibyte = 1024.0 * 1024 * 1024;

    /// <summary>A figure and what it may be at most.</summary>
    public readonly record struct Bar(string Name, double Measured, double Most, string Unit)
    {
        public bool Holds => Measured <= Most;
    }

    public static IReadOnlyList<Bar> Bars(ScaleReport report) =>
    [
        new("a joining node has the whole view", report.JoinWorst, 30, "s"),
        new("a link's end is known to 99%, from detection", report.LinkDownWorst, 5, "s"),
        new("views are equal after a heal", report.HealEqualSeconds, 60, "s"),
        new("control content at rest, a node", report.ControlBytesPerNodeSecond, 1_000, "B/s"),
        new("the run itself", report.Machine.WallSeconds, 600, "s"),
        new("memory of the run", report.Machine.MaxResidentBytes / Gibibyte, 12, "GiB"),
    ];

    public static void Table(TextWriter writer, ScaleReport report)
    {
        void Line(FormattableString line) => writer.WriteLine(FormattableString.Invariant(line));
        var (options, rest) = (report.Options, report.Rest);
        Line($"{options.Nodes} nodes of {options.Degree} links, and {options.Joins} that join; seed {options.Seed}; {report.VirtualSeconds:0} virtual seconds, {report.Events:N0} events");
        writer.WriteLine();
        Line($"{"start, all at once, to equal views",-52}{report.ConvergenceSeconds,10:0.0} s");
        Line($"{"join, until all nodes know, longest of all",-52}{report.JoinEqualSeconds.Max(),10:0.00} s");
        Line($"{"link down, from cut to detection, longest",-52}{report.DetectWorst,10:0.00} s");
        Line($"{"link down, known to 99%, median",-52}{report.LinkDownMedian,10:0.00} s");
        Line($"{"HELLO at rest, a node",-52}{report.HelloBytesPerNodeSecond,10:0.0} B/s");
        Line($"{"control content in the busiest second, a node",-52}{report.ControlPeakPerNodeSecond,10:0} B");
        Line($"{"signature checks at rest, a node",-52}{report.SignatureChecksPerNodeSecond,10:0.000} /s");
        Line($"{"database, encoded, a node",-52}{report.DatabaseBytesPerNode,10:N0} B");
        Line($"{"heap with the simulated shell, a node",-52}{report.Machine.HeapBytesPerNode,10:N0} B");
        writer.WriteLine();
        Line($"{"Bar",-52}{"measured",10}{"at most",12}");
        foreach (var bar in Bars(report))
        {
            Line($"{bar.Name,-52}{bar.Measured,10:0.00}{bar.Most,12:0} {bar.Unit,-4} {(bar.Holds ? "ok" : "FAILS")}");
        }

        writer.WriteLine();
        Line($"Rest: {options.RestSeconds} s, {rest.ControlCells:N0} control cells. Hash of the run: {report.TraceHash}");
    }

    public static JsonObject ToJson(ScaleReport report) => new()
    {
        ["command"] = "topology",
        ["nodes"] = report.Options.Nodes,
        ["degree"] = report.Options.Degree,
        ["seed"] = report.Options.Seed,
        ["trace_hash"] = report.TraceHash,
        ["convergence_s"] = Round(report.ConvergenceSeconds),
        ["join_s"] = Round(report.JoinWorst),
        ["join_equal_s"] = Round(report.JoinEqualSeconds.Max()),
        ["joins"] = new JsonArray([.. report.JoinSeconds.Select(seconds => JsonValue.Create(Round(seconds)))]),
        ["link_down_99_s"] = Round(report.LinkDownWorst),
        ["link_down_99_median_s"] = Round(report.LinkDownMedian),
        ["link_downs"] = new JsonArray([.. report.Downs.Select(down => new JsonObject
        {
            ["silent"] = down.Silent,
            ["detect_s"] = Round(down.DetectSeconds),
            ["known_99_s"] = Round(down.KnownSeconds),
        })]),
        ["heal_equal_s"] = Round(report.HealEqualSeconds),
        ["partition_s"] = report.Options.PartitionSeconds,
        ["rest_s"] = report.Options.RestSeconds,
        ["control_bytes_per_node_s"] = Round(report.ControlBytesPerNodeSecond),
        ["control_peak_bytes_per_node_s"] = Round(report.ControlPeakPerNodeSecond),
        ["hello_bytes_per_node_s"] = Round(report.HelloBytesPerNodeSecond),
        ["signature_checks_per_node_s"] = Round(report.SignatureChecksPerNodeSecond),
        ["database_bytes_per_node"] = report.DatabaseBytesPerNode,
        ["virtual_s"] = Round(report.VirtualSeconds),
        ["events"] = report.Events,
        ["bars_ok"] = Bars(report).All(static bar => bar.Holds),
        ["heap_bytes_per_node"] = report.Machine.HeapBytesPerNode,
        ["max_rss_bytes"] = report.Machine.MaxResidentBytes,
        ["processor_s"] = Round(report.Machine.ProcessorSeconds),
        ["wall_s"] = Round(report.Machine.WallSeconds),
    };

    private static double Round(double value) => Math.Round(value, 3);
}
