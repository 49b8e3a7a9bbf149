using System.CommandLine;
using MixMq.Simulation.Scale;
using MixMq.Sim.Pictures;

namespace MixMq.Sim.Commands;

/// <summary><c>topology</c>: how fast a big network comes to equal views, and what it costs.</summary>
internal static class TopologyCommand
{
    private static readonly ScaleOptions Defaults = new();

    private const string Description = """
        How fast the nodes of a big network come to equal views of it, and what that costs.

        Every node is the overlay core that ships, over a random graph in which each has the same number of links, with delays of 2 to 20 ms.
        Time is virtual and cryptography a stand-in that takes 0.05 to 0.3 ms. What is done, one after the other:
          start       all nodes start within a second and know nobody; until all have equal views
          join        further nodes join, each with as many links; from its first link until it has the record of every node
          link down   links are cut, by turns silently and with a reset; from the moment at which the first end finds the link
                      down until 99% of the nodes have a record that says so
          heal        the network is in two halves, and in each links break and nodes restart with new keys; from the end of
                      the partition until all links and equal databases are there again
          rest        nothing happens; what nodes send then: control content (topology and link control, without frames and
                      padding of cells), HELLO apart, and signatures checked, a node and second
        Control content at rest comes from refreshed records. Each node refreshes its own after 1,440 to 2,160 s, so the default of 2,400 s has at
        least one of each; a shorter rest may leave some out, and 3,600 s has an epoch's new keys, too.

        Examples:
          mixmq-sim topology
          mixmq-sim topology --nodes 1000 --degree 8 --seed 1 --svg convergence.svg
          mixmq-sim topology --nodes 300 --rest 600 --json | tail -1

        1,000 nodes take some minutes and several GB. Exit code: 0 if the bars hold, 1 if one doesn't, a phase doesn't end, or the options are
        wrong. One seed gives the same run, bit for bit; wall_s and the memory figures are the machine's.
        """;

    public static Command Create()
    {
        var nodes = Study.Number("--nodes", "Nodes at the start.", Defaults.Nodes);
        var degree = Study.Number("--degree", "Links of each node.", Defaults.Degree);
        var seed = Study.Number("--seed", "Seed of everything random.", Defaults.Seed);
        var joins = Study.Number("--joins", "Nodes that join, one after the other.", Defaults.Joins);
        var downs = Study.Number("--downs", "Links taken down, one after the other.", Defaults.Downs);
        var partition = Study.Number("--partition", "Seconds in two halves.", Defaults.PartitionSeconds);
        var rest = Study.Number("--rest", "Seconds of rest.", Defaults.RestSeconds);
        var svg = new Option<FileInfo?>("--svg") { Description = "Write a picture of the convergence to this file." };
        var json = new Option<bool>("--json") { Description = "End with one line, a JSON object." };
        var command = new Command("topology", Description) { nodes, degree, seed, joins, downs, partition, rest, svg, json };
        command.SetAction(parse => Run(
            new()
            {
                Nodes = parse.GetValue(nodes),
                Degree = parse.GetValue(degree),
                Seed = parse.GetValue(seed),
                Joins = parse.GetValue(joins),
                Downs = parse.GetValue(downs),
                PartitionSeconds = parse.GetValue(partition),
                RestSeconds = parse.GetValue(rest),
            },
            parse.GetValue(svg),
            parse.GetValue(json),
            parse.InvocationConfiguration));
        return command;
    }

    private static int Run(ScaleOptions options, FileInfo? svg, bool json, InvocationConfiguration console)
    {
        try
        {
            return Study.Run(options.Validate(), svg, console, (say, _) =>
            {
                var report = ScaleStudy.Run(options, phase =>
                {
                    say(phase);
                    HugePages.Request();
                });
                TopologyOutput.Table(console.Output, report);
                if (json)
                {
                    console.Output.WriteLine(TopologyOutput.ToJson(report).ToJsonString());
                }

                return (() => Picture(report), TopologyOutput.Bars(report).All(static bar => bar.Holds));
            });
        }
        catch (ScaleException exception)
        {
            console.Error.WriteLine(FormattableString.Invariant($"{exception.Message} Seed {options.Seed}, {options.Nodes} nodes of {options.Degree} links."));
            return Study.Failed;
        }
    }

    internal static string Picture(ScaleReport report)
    {
        var chart = new Chart(
            FormattableString.Invariant($"Convergence: {report.Options.Nodes} nodes of {report.Options.Degree} links, seed {report.Options.Seed}"),
            "seconds since the start, the first link, the detection, the heal",
            "share of nodes that are up to date");
        foreach (var curve in report.Curves)
        {
            _ = chart.Add(new ChartSeries(curve.Name, ChartStyle.Steps, Thinned(curve.Points)));
        }

        return chart.ToSvg();
    }

    /// <summary>Only where something changes.</summary>
    private static List<(double X, double Y)> Thinned(IReadOnlyList<(double Seconds, double Share)> points) =>
        [.. points.Where((point, index) => index == 0 || index == points.Count - 1 || point.Share != points[index - 1].Share)];
}
