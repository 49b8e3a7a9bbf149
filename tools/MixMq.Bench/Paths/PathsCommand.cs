using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using MixMq.Crypto;
using MixMq.Endpoint.Paths;
using MixMq.Endpoint.Paths.Anonymity;
using MixMq.Overlay.Topology;
using MixMq.Simulation;

namespace MixMq.Bench.Paths;

/// <summary><c>paths</c>: what a path costs, and the first one after the topology has changed.</summary>
internal static class PathsCommand
{
    private const int Views = 4;

    public static Command Create()
    {
        var nodes = Number("--nodes", "Relays, each of them sender and recipient too", 10, 4096, 1000);
        var degree = Number("--degree", "Links of a relay, rounded down to an even number", 2, 64, 8);
        var links = Number("--links", "Links of a path", 2, 9, 5);
        var rounds = Number("--rounds", "Rounds to take the median of", 1, 1000, 9);
        var seed = new Option<long>("--seed") { Description = "Of the graph and of the samples.", DefaultValueFactory = _ => 1 };
        var analysis = new Option<bool>("--anonymity") { Description = "Time the analysis of anonymity as well." };
        var json = new Option<bool>("--json") { Description = "Write one JSON object and nothing else." };
        var command = new Command("paths", "A path, a loop, and the first path after a change of the topology; beside one X25519 of libcrypto in the same run.")
        {
            nodes, degree, links, rounds, seed, analysis, json,
        };
        command.SetAction(parse =>
        {
            var report = Run(parse.GetValue(nodes), parse.GetValue(degree), parse.GetValue(links), parse.GetValue(rounds), parse.GetValue(seed), parse.GetValue(analysis));
            parse.InvocationConfiguration.Output.WriteLine(parse.GetValue(json) ? report.ToJsonString() : Show(report));
        });
        return command;
    }

    private static Option<int> Number(string name, string description, int least, int most, int normal)
    {
        var option = new Option<int>(name) { Description = $"{description}: {least} to {most}.", DefaultValueFactory = _ => normal };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < least || result.GetValueOrDefault<int>() > most)
                result.AddError($"{name} is a whole number from {least} to {most}.");
        });
        return option;
    }

    private static JsonObject Run(int nodes, int degree, int links, int rounds, long seed, bool withAnalysis)
    {
        var topology = new SyntheticTopology(nodes, degree, links, new SeededRandomSource(seed));
        var own = topology.Address(0);
        var sampler = new PathSampler(topology.View, own, topology.Network, SyntheticTopology.Epoch);
        var random = SystemRandomSource.Instance;
        var before = Derive.Micros();
        var path = Measurement.Micros(rounds, 20_000, i => sampler.Sample(topology.Address(1 + (i % (nodes - 1))), random));
        var loop = Measurement.Micros(rounds, 20_000, _ => sampler.SampleLoop(random));
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 1; i < nodes; i++)
            sampler.Sample(topology.Address(i), random);
        var bytes = (double)(GC.GetAllocatedBytesForCurrentThread() - allocated) / (nodes - 1);

        var changed = Enumerable.Range(0, Views).Select(i => topology.Toggled(i % 2, (ulong)i + 2)).ToArray();
        var table = Measurement.Micros(rounds, 20, i => First(changed[i % Views], own, topology, 1 + (i % (nodes - 1))));
        TopologyView[] renewed = [topology.View, topology.Renewed(100)];
        var renewal = Measurement.Micros(rounds, 20, i => Require(sampler.TryMove(renewed[1 - (i % 2)], SyntheticTopology.Epoch)));
        var baseline = (before + Derive.Micros()) / 2;
        var report = new JsonObject
        {
            ["benchmark"] = "paths",
            ["path"] = "sample",
            ["batch"] = 1,
            ["us"] = Math.Round(path, 3),
            ["ratio"] = Math.Round(path / baseline, 4),
            ["nodes"] = nodes,
            ["degree"] = degree,
            ["path_links"] = links,
            ["seed"] = seed,
            ["rounds"] = rounds,
            ["x25519_us"] = Math.Round(baseline, 2),
            ["path_us"] = Math.Round(path, 3),
            ["path_per_x25519"] = Math.Round(path / baseline, 4),
            ["path_bytes"] = Math.Round(bytes, 1),
            ["loop_us"] = Math.Round(loop, 3),
            ["first_path_after_change_ms"] = Math.Round(table / 1000, 3),
            ["first_path_after_change_per_x25519"] = Math.Round(table / baseline, 2),
            ["renewed_records_ms"] = Math.Round(renewal / 1000, 4),
        };
        if (withAnalysis)
        {
            report["anonymity_ms"] = Math.Round(Measurement.Micros(1, 1, i => AnonymityAnalysis.Run(
                topology.View, topology.Network, SyntheticTopology.Epoch, new SeededRandomSource(seed), null, CancellationToken.None)) / 1000, 1);
        }

        return report;
    }

    private static void First(TopologyView view, MixMq.Sphinx.NodeAddress own, SyntheticTopology topology, int to) =>
        Require(new PathSampler(view, own, topology.Network, SyntheticTopology.Epoch).Sample(topology.Address(to), SystemRandomSource.Instance) is PathResult.Path);

    private static void Require(bool condition)
    {
        if (!condition)
            throw new InvalidOperationException("What is measured didn't work.");
    }

    private static string Show(JsonObject report)
    {
        string Value(string name, string unit, string format) =>
            report[name] is { } value ? value.GetValue<double>().ToString(format, CultureInfo.InvariantCulture) + unit : "not measured";
        return $"""
            {report["nodes"]} relays of {report["degree"]} links, paths of {report["path_links"]} links; medians of {report["rounds"]} rounds
            one X25519                           {Value("x25519_us", " µs", "0.0")}
            a path                               {Value("path_us", " µs", "0.00")}  ({Value("path_per_x25519", " X25519", "0.000")}, {Value("path_bytes", " bytes", "0")} allocated)
            a loop                               {Value("loop_us", " µs", "0.00")}
            first path after a change            {Value("first_path_after_change_ms", " ms", "0.00")}  ({Value("first_path_after_change_per_x25519", " X25519", "0.0")})
            taking over renewed records          {Value("renewed_records_ms", " ms", "0.000")}
            analysis of anonymity                {Value("anonymity_ms", " ms", "0")}
            """;
    }
}
