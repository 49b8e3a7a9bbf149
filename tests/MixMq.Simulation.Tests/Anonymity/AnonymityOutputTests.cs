using System.Text.Json.Nodes;
using MixMq.Sim.Commands;
using MixMq.Simulation.Anonymity;

namespace MixMq.Simulation.Tests.Anonymity;

public sealed class AnonymityOutputTests
{
    private static readonly AnonymityOptions Options = new() { Nodes = 10, Degree = 4, Links = 3, Rate = 20, Senders = 10, Targets = 200 };
    private static readonly string[] Wanted = ["nodes", "degree", "seed", "trace_hash", "efficiency", "ceiling", "path_entropy", "checks", "wall_s"];

    [Fact]
    public void Json_is_one_line_with_all_that_a_script_needs()
    {
        var text = AnonymityOutput.ToJson(Report(Check.Near("a", 1, 1, 0.1), Check.Fit("b", 0.5)), 1.5).ToJsonString();
        Assert.DoesNotContain('\n', text);
        var json = JsonNode.Parse(text)!.AsObject();
        Assert.All(Wanted, name => Assert.True(json.ContainsKey(name), name));
        Assert.True((bool)json["ok"]!);
        Assert.Equal("at_least", (string)json["checks"]![1]!["relation"]!);
        Assert.InRange((double)json["observer_of_times_and_places"]!["sender_entropy"]!["mean"]!, 0, Math.Log2(Options.Senders));
    }

    [Fact]
    public void A_check_that_fails_is_named_in_the_table_and_fails_the_whole()
    {
        var report = Report(Check.Near("good", 1, 1, 0.1), Check.Goal("bad", 0.5, 0.85, Relation.AtLeast));
        using var writer = new StringWriter();
        AnonymityOutput.Table(writer, report);
        Assert.False(report.Ok);
        var lines = writer.ToString().Split('\n');
        Assert.EndsWith("FAILS", lines.Single(line => line.StartsWith("bad", StringComparison.Ordinal)).TrimEnd(), StringComparison.Ordinal);
        Assert.Contains(lines, line => line.StartsWith("1 of 2 checks hold.", StringComparison.Ordinal));
    }

    [Fact]
    public void Wrong_options_are_explained_and_the_exit_code_says_so()
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = SimCommands.Create().Parse(["anonymity", "--degree", "200", "--targets", "1"]).Invoke(new() { Output = output, Error = error });
        Assert.Equal(1, code);
        Assert.Contains("Degree must be", error.ToString(), StringComparison.Ordinal);
        Assert.Contains("Targets must be", error.ToString(), StringComparison.Ordinal);
        Assert.Empty(output.ToString());
    }

    [Fact]
    public void Help_says_what_each_figure_is_held_against()
    {
        using var output = new StringWriter();
        Assert.Equal(0, SimCommands.Create().Parse(["anonymity", "--help"]).Invoke(new() { Output = output }));
        Assert.Contains("Examples:", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("Exit code:", output.ToString(), StringComparison.Ordinal);
    }

    private static AnonymityReport Report(params Check[] checks)
    {
        var network = MixNetwork.Regular(Options.Nodes, Options.Degree, Options.Links, new SeededRandomSource("graph"));
        return new(Options, [], NetworkStudy.Run(network, Options), PathStudy.Run(network, new SeededRandomSource("paths")), checks, new('0', 64));
    }
}
