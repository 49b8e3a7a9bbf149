using System.Text.Json.Nodes;
using MixMq.Simulation.Anonymity;

namespace MixMq.Sim.Commands;

/// <summary>What <c>anonymity</c> shows.</summary>
internal static class AnonymityOutput
{
    public static void Table(TextWriter writer, AnonymityReport report)
    {
        void Line(FormattableString line) => writer.WriteLine(FormattableString.Invariant(line));
        var (options, network) = (report.Options, report.Network);
        Line($"{options.Nodes} relays of {options.Degree} links; {options.Senders} senders of {options.Rate} packets/s; paths of {options.Links} links; {options.DelayMs} ms at each relay; seed {options.Seed}");
        Line($"{network.Packets} packets, {network.Targets} of them asked after; {network.Occupancy:0.0} packets in a relay; {network.OtherLengthShare:0.0%} on paths of another length; {network.Unrouted} without a path");
        writer.WriteLine();
        Line($"{"Bits",-52}{"mean",8}{"± 95%",8}{"median",9}{"1%",8}");
        Row("sender's entropy, to an observer of times", network.OfTimes.Sender);
        Row("sender's entropy, to one told the places too", network.OfTimesAndPlaces.Sender);
        Row("entropy over packets sent, times", network.OfTimes.Packet);
        Row("entropy over packets sent, times and places", network.OfTimesAndPlaces.Packet);
        Row("surprise at the right packet, times", network.OfTimes.PacketSurprise);
        Row("surprise at the right packet, times and places", network.OfTimesAndPlaces.PacketSurprise);
        if (report.Paths.Entropy is { } paths)
        {
            Row("path's entropy, between two nodes", paths);
        }
        else
        {
            writer.WriteLine("path's entropy: too many paths to count");
        }

        writer.WriteLine();
        Line($"Likeliest sender, mean and 99th percentile: {network.OfTimes.GreatestSender.Mean:0.000} and {network.OfTimes.GreatestSender.LastPercentile:0.000} (times), {network.OfTimesAndPlaces.GreatestSender.Mean:0.000} and {network.OfTimesAndPlaces.GreatestSender.LastPercentile:0.000} (times and places)");
        Line($"Ceiling log2(Λ·D) + c: {network.Ceiling:0.00} bits; over senders at most {Math.Log2(options.Senders):0.00}. Efficiency {network.Efficiency:0.000} (times and places), {network.OfTimes.Packet.Mean / network.Ceiling:0.000} (times)");
        writer.WriteLine();
        Line($"{"Check",-52}{"measured",10}{"expected",12}{"tolerance",11}");
        foreach (var check in report.Checks)
        {
            var relation = check.Relation switch
            {
                Relation.AtLeast => "≥ ",
                Relation.AtMost => "≤ ",
                _ => "",
            };
            Line($"{check.Name,-52}{Show(check.Measured),10}{relation + Show(check.Expected),12}{(check.Relation == Relation.Within ? Show(check.Tolerance) : ""),11}  {(check.Ok ? "ok" : "FAILS")}");
        }

        writer.WriteLine();
        Line($"{report.Checks.Count(check => check.Ok)} of {report.Checks.Count} checks hold. Hash of the runs: {report.Hash[..16]}");
        void Row(string name, Summary summary) =>
            Line($"{name,-52}{summary.Mean,8:0.00}{summary.HalfWidth,8:0.00}{summary.Median,9:0.00}{summary.FirstPercentile,8:0.00}");
    }

    public static JsonObject ToJson(AnonymityReport report, double wallSeconds)
    {
        var (options, network) = (report.Options, report.Network);
        return new()
        {
            ["command"] = "anonymity",
            ["nodes"] = options.Nodes,
            ["degree"] = options.Degree,
            ["links"] = options.Links,
            ["senders"] = options.Senders,
            ["rate"] = options.Rate,
            ["delay_ms"] = options.DelayMs,
            ["targets"] = network.Targets,
            ["seed"] = options.Seed,
            ["trace_hash"] = report.Hash,
            ["packets"] = network.Packets,
            ["relay_occupancy"] = network.Occupancy,
            ["other_length_share"] = network.OtherLengthShare,
            ["observer_of_times"] = ToJson(network.OfTimes),
            ["observer_of_times_and_places"] = ToJson(network.OfTimesAndPlaces),
            ["path_entropy"] = report.Paths.Entropy is { } paths ? ToJson(paths) : null,
            ["ceiling"] = network.Ceiling,
            ["efficiency"] = network.Efficiency,
            ["checks"] = new JsonArray([.. report.Checks.Select(check => new JsonObject
            {
                ["name"] = check.Name,
                ["measured"] = check.Measured,
                ["relation"] = check.Relation switch
                {
                    Relation.AtLeast => "at_least",
                    Relation.AtMost => "at_most",
                    _ => "within",
                },
                ["expected"] = check.Expected,
                ["tolerance"] = check.Tolerance,
                ["ok"] = check.Ok,
            })]),
            ["ok"] = report.Ok,
            ["wall_s"] = Math.Round(wallSeconds, 3),
        };
    }

    private static JsonObject ToJson(ObserverFigures figures) => new()
    {
        ["sender_entropy"] = ToJson(figures.Sender),
        ["packet_entropy"] = ToJson(figures.Packet),
        ["packet_surprise"] = ToJson(figures.PacketSurprise),
        ["greatest_sender"] = ToJson(figures.GreatestSender),
    };

    private static JsonObject ToJson(Summary summary) => new()
    {
        ["mean"] = summary.Mean,
        ["half_width_95"] = summary.HalfWidth,
        ["median"] = summary.Median,
        ["percentile_1"] = summary.FirstPercentile,
        ["percentile_99"] = summary.LastPercentile,
    };

    private static string Show(double value) => Math.Abs(value) is > 0 and < 0.001
        ? FormattableString.Invariant($"{value:0.0e0}")
        : FormattableString.Invariant($"{value:0.000}");
}
