using System.Text.Json.Nodes;
using System.Xml.Linq;
using MixMq.Sim.Commands;
using MixMq.Simulation.Scale;

namespace MixMq.Simulation.Tests.Scale;

public sealed class ScaleStudyTests(ScaleStudyTests.SixtyNodes sixty) : IClassFixture<ScaleStudyTests.SixtyNodes>
{
    private static readonly ScaleOptions Small = new() { Nodes = 18, Degree = 4, Seed = 3, Joins = 1, Downs = 2, PartitionSeconds = 20, RestSeconds = 60 };

    private static readonly string[] Wanted =
    [
        "nodes", "degree", "seed", "trace_hash", "convergence_s", "join_s", "link_down_99_s", "heal_equal_s", "control_bytes_per_node_s",
        "hello_bytes_per_node_s", "signature_checks_per_node_s", "database_bytes_per_node", "virtual_s", "max_rss_bytes", "wall_s",
    ];

    [Fact]
    public void Sixty_nodes_stay_far_within_the_bars_of_a_thousand()
    {
        var report = sixty.Report;
        Assert.InRange(report.ConvergenceSeconds, 1, 10);
        Assert.All(report.JoinSeconds, seconds => Assert.InRange(seconds, 0.01, 5));
        Assert.All(report.Downs, down => Assert.InRange(down.KnownSeconds, 0.03, 2));
        Assert.InRange(report.HealEqualSeconds, 0.1, 50);
        Assert.Equal(2, report.Downs.Count(down => down.Silent));
        Assert.All(report.Downs.Where(down => down.Silent), down => Assert.InRange(down.DetectSeconds, 2, 6));
    }

    [Fact]
    public void At_rest_there_are_hellos_alone()
    {
        // A HELLO has 73 bytes, and each node sends one a second on each of its links; those of joined nodes come on top.
        Assert.InRange(sixty.Report.HelloBytesPerNodeSecond, 8 * 73 * 0.95, 8.5 * 73 * 1.05);
        Assert.Equal(0, sixty.Report.Rest.SignatureChecks);
    }

    [Fact]
    public void Every_node_checks_every_refresh_once()
    {
        // The longest that a record is left is 0.6 of its hour.
        var report = ScaleStudy.Run(Small with { RestSeconds = 2_200 });
        var nodes = Small.Nodes + Small.Joins;
        Assert.InRange(report.Rest.SignatureChecks, nodes * (nodes - 1), 2.5 * nodes * (nodes - 1));
        Assert.InRange(report.ControlBytesPerNodeSecond, 1, 100);
        Assert.InRange(report.DatabaseBytesPerNode, nodes * 300, nodes * 1_000);
    }

    [Fact]
    public void One_seed_is_one_run_and_another_seed_another()
    {
        var (first, second) = (Figures(Small), Figures(Small));
        Assert.Equal(first, second);
        Assert.NotEqual(first, Figures(Small with { Seed = 4 }));
    }

    [Fact]
    public void Curves_end_with_all_nodes_up_to_date_and_make_a_picture()
    {
        Assert.Equal(["start", "join", "link down", "heal"], sixty.Report.Curves.Select(curve => curve.Name));
        Assert.All(sixty.Report.Curves, curve => Assert.InRange(curve.Points[^1].Share, 0.99, 1));
        var picture = XDocument.Parse(TopologyCommand.Picture(sixty.Report));
        Assert.Equal(4, picture.Descendants().Count(element => element.Name.LocalName == "path"));
    }

    [Fact]
    public void Json_is_one_line_with_all_that_a_script_needs()
    {
        var text = TopologyOutput.ToJson(sixty.Report).ToJsonString();
        Assert.DoesNotContain('\n', text);
        var json = JsonNode.Parse(text)!.AsObject();
        Assert.All(Wanted, name => Assert.True(json.ContainsKey(name), name));
        Assert.Equal(32, ((string)json["trace_hash"]!).Length);
        Assert.Equal(sixty.Report.LinkDownWorst, (double)json["link_down_99_s"]!, 3);
        Assert.True((bool)json["bars_ok"]!);
    }

    [Fact]
    public void A_bar_that_does_not_hold_is_named_in_the_table()
    {
        using var writer = new StringWriter();
        TopologyOutput.Table(writer, sixty.Report with { HealEqualSeconds = 61 });
        var failed = Assert.Single(writer.ToString().Split('\n'), line => line.Contains("FAILS", StringComparison.Ordinal));
        Assert.StartsWith("views are equal after a heal", failed, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Nodes must be", "--nodes", "3")]
    [InlineData("must be even", "--nodes", "101", "--degree", "7")]
    [InlineData("Degree must be below", "--nodes", "16", "--degree", "16")]
    [InlineData("Rest seconds must be", "--rest", "1")]
    [InlineData("The picture can't be written", "--svg", "no/such/folder/picture.svg")]
    public void Wrong_options_are_explained_and_the_exit_code_says_so(string expected, params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        Assert.Equal(1, SimCommands.Create().Parse(["topology", .. arguments]).Invoke(new() { Output = output, Error = error }));
        Assert.Contains(expected, error.ToString(), StringComparison.Ordinal);
        Assert.Empty(output.ToString());
    }

    [Fact]
    public void Help_says_what_is_measured()
    {
        using var output = new StringWriter();
        Assert.Equal(0, SimCommands.Create().Parse(["topology", "--help"]).Invoke(new() { Output = output }));
        Assert.Contains("Examples:", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("Exit code:", output.ToString(), StringComparison.Ordinal);
    }

    // All figures but the machine's.
    private static string Figures(ScaleOptions options)
    {
        var json = TopologyOutput.ToJson(ScaleStudy.Run(options));
        foreach (var machine in (string[])["wall_s", "processor_s", "max_rss_bytes", "heap_bytes_per_node"])
        {
            Assert.True(json.Remove(machine), machine);
        }

        return json.ToJsonString();
    }

    public sealed class SixtyNodes
    {
        public ScaleReport Report { get; } =
            ScaleStudy.Run(new() { Nodes = 60, Degree = 8, Joins = 2, Downs = 4, PartitionSeconds = 30, RestSeconds = 60 });
    }
}
