using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using MixMq.Simulation.Invariants;
using MixMq.Simulation.Swarm;

namespace MixMq.Sim.Commands;

/// <summary>Runs seeds of the swarm and holds each against all invariants.</summary>
internal static class SeedsCommand
{
    private const int TraceLines = 200;

    public static Command Create()
    {
        var count = new Option<long>("--count") { Description = "How many seeds.", DefaultValueFactory = _ => 300 };
        var first = new Option<long>("--first") { Description = "The first of them.", DefaultValueFactory = _ => 0 };
        var seed = new Option<long?>("--seed") { Description = "This one seed only: for replaying a failure." };
        var twice = new Option<bool>("--twice") { Description = "Run each seed twice and compare the traces." };
        var nodes = new Option<int>("--nodes") { Description = $"Nodes of each network, at least {SwarmOptions.FewestNodes}.", DefaultValueFactory = _ => 20 };
        var parallel = new Option<int>("--parallel") { Description = "Seeds at a time.", DefaultValueFactory = _ => Environment.ProcessorCount };
        var all = new Option<bool>("--keep-going") { Description = "Go on after a violation." };
        var trace = new Option<bool>("--trace") { Description = "With a failure, print the last events before it." };
        var always = new Option<Faults[]>("--always")
        {
            Description = $"Classes of faults that each seed has, whatever it draws; of {string.Join(", ", Enum.GetNames<Faults>().Skip(1))}.",
            AllowMultipleArgumentsPerToken = true,
            HelpName = "class",
        };
        var governed = new Option<bool>("--governed") { Description = "Each seed has authorities, who end an admission, and endpoints that change their keys." };
        var json = new Option<bool>("--json") { Description = "The last line is one JSON object." };
        var command = new Command(
            "seeds",
            "Draws a network, its faults and its hostile peers from each seed, lets it run for some minutes of virtual time, heals it, and holds it "
            + "against every invariant. Ends with 1 at a violation, and prints the command that replays it. One seed in twenty uses the real cryptography.\n\n"
            + "  mixmq-sim seeds --count 300 --twice\n  mixmq-sim seeds --seed 4711 --trace\n  mixmq-sim seeds --always StoresRestored FullDisks")
        {
            count, first, seed, twice, nodes, parallel, all, always, governed, trace, json,
        };
        nodes.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < SwarmOptions.FewestNodes)
            {
                result.AddError($"A network has at least {SwarmOptions.FewestNodes} nodes.");
            }
        });
        command.SetAction((parsed, stop) =>
        {
            var options = new SwarmOptions
            {
                Nodes = parsed.GetValue(nodes),
                TraceLines = parsed.GetValue(trace) ? TraceLines : 0,
                AlwaysGoverned = parsed.GetValue(governed),
                Always = (parsed.GetValue(always) ?? []).Aggregate(Faults.None, (some, one) => some | one),
            };
            var one = parsed.GetValue(seed);
            var watch = new SeedsProgress(Console.Error, one is not null ? 1 : parsed.GetValue(count));
            var runner = new SwarmRunner(options)
            {
                Twice = parsed.GetValue(twice),
                KeepsGoing = parsed.GetValue(all),
                Parallel = parsed.GetValue(parallel),
                Progress = watch.Show,
            };
            var result = runner.Run(one ?? parsed.GetValue(first), one is not null ? 1 : parsed.GetValue(count), stop);
            Report(result, options, one is not null, Console.Out);
            if (parsed.GetValue(json))
            {
                Console.Out.WriteLine(Json(result).ToJsonString());
            }

            return Task.FromResult(result.Failures.Count > 0 || result.Seeds == 0 ? 1 : 0);
        });
        return command;
    }

    private static void Report(SwarmResult result, SwarmOptions options, bool isOne, TextWriter output)
    {
        foreach (var failure in result.Failures)
        {
            foreach (var line in failure.LastEvents)
            {
                output.WriteLine(line);
            }

            output.WriteLine($"Seed {failure.Seed} breaks {failure.Invariant} at {Text(failure.VirtualSeconds)} virtual seconds.");
            output.WriteLine($"  {failure.What}");
            output.WriteLine($"  Drawn: {failure.Draw}.");
            output.WriteLine($"  Commit: {Commit.Name}. Replay it there with:");
            output.WriteLine($"  dotnet run -c Release --project tools/MixMq.Sim -- seeds --seed {failure.Seed}{(options.Nodes == 20 ? "" : $" --nodes {options.Nodes}")}{Classes(options.Always)}{(options.AlwaysGoverned ? " --governed" : "")} --trace");
        }

        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{result.Seeds} seeds ({result.RealSeeds} with the real cryptography), {result.Messages} messages, {result.Failures.Count} violations; {result.VirtualSeconds:F0} virtual seconds in {result.WallSeconds:F1} s, {result.Ratio:F0} times as fast."));
        if (result.SeedsWithRevocations > 0)
        {
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{result.Revocations.Revoked} addresses revoked in {result.SeedsWithRevocations} seeds: last on a path {Rounds(result.Revocations.LastUseOfWholeMicros):F3} gossip rounds after the list was issued to a network where nothing failed, {Rounds(result.Revocations.LastUseMicros):F3} whatever failed. {result.KeyChanges} keys changed in {result.SeedsWithKeyChanges} seeds."));
        }

        if (isOne && result.Failures.Count == 0)
        {
            return;
        }

        output.WriteLine(result.Marks.Missed.Count == 0 ? "Every marked path was taken." : $"Never taken: {string.Join(", ", result.Marks.Missed)}.");
    }

    private static double Rounds(long micros) => micros / (double)RevocationFigures.RoundMicros;

    private static string Classes(Faults always) => always == Faults.None ? "" : $" --always {always.ToString().Replace(",", "", StringComparison.Ordinal)}";

    private static JsonObject Json(SwarmResult result) => new()
    {
        ["seeds"] = result.Seeds,
        ["violations"] = result.Failures.Count,
        ["wall_s"] = Math.Round(result.WallSeconds, 3),
        ["virtual_s"] = Math.Round(result.VirtualSeconds, 3),
        ["ratio"] = Math.Round(result.Ratio, 1),
        ["hashes_equal"] = result.UnequalHashes == 0,
        ["real_seeds"] = result.RealSeeds,
        ["messages"] = result.Messages,
        ["revocations"] = new JsonObject
        {
            ["seeds"] = result.SeedsWithRevocations,
            ["addresses"] = result.Revocations.Revoked,
            ["last_use_rounds"] = Math.Round(Rounds(result.Revocations.LastUseOfWholeMicros), 4),
            ["last_use_rounds_amid_faults"] = Math.Round(Rounds(result.Revocations.LastUseMicros), 4),
        },
        ["key_changes"] = new JsonObject { ["seeds"] = result.SeedsWithKeyChanges, ["keys"] = result.KeyChanges },
        ["marks_missing"] = new JsonArray([.. result.Marks.Missed.Select(mark => JsonValue.Create(mark.ToString()))]),
        ["failures"] = new JsonArray([.. result.Failures.Select(failure => new JsonObject { ["seed"] = failure.Seed, ["invariant"] = failure.Invariant, ["virtual_s"] = Math.Round(failure.VirtualSeconds, 3) })]),
        ["commit"] = Commit.Name,
    };

    private static string Text(double seconds) => seconds.ToString("F3", CultureInfo.InvariantCulture);
}
