using System.Text.Json.Nodes;

namespace MixMq.Bench.Tests;

/// <summary>What scripts that read the benchmarks rely on. No figure is judged here: a loaded machine must not fail a test.</summary>
public sealed class BenchCommandTests
{
    internal static readonly string[] Relations = ["benchmark", "path", "batch", "us", "x25519_us", "ratio"];

    [Theory]
    [InlineData("x25519")]
    [InlineData("unwrap")]
    [InlineData("wrap")]
    [InlineData("surb")]
    [InlineData("replay", "--capacity", "100000")]
    public void A_quick_run_writes_ratios_as_one_json_object_a_line(params string[] command)
    {
        var run = BenchRun.Of([.. command, "--rounds", "3", "--json"]);

        Assert.Equal(0, run.ExitCode);
        var lines = run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.NotEmpty(lines);
        Assert.All(lines, line => AssertFields(JsonNode.Parse(line)!.AsObject(), Relations));
    }

    [Fact]
    public void Paths_are_reported_beside_a_derive()
    {
        var run = BenchRun.Of("paths", "--nodes", "20", "--rounds", "1", "--json");

        Assert.Equal(0, run.ExitCode);
        AssertFields(run.Report(), "path_us", "x25519_us", "path_per_x25519");
    }

    [Fact]
    public void Held_packets_are_all_released_and_none_before_its_time()
    {
        var run = BenchRun.Of("delay-queue", "--packets", "5000", "--seconds", "1", "--json");

        Assert.Equal(0, run.ExitCode);
        var report = run.Report();
        AssertFields(report, [.. Relations, "packets", "resident_mb", "released", "share_within_5_ms", "insert_us", "release_us", "gc_pause_ms"]);
        Assert.Equal(5_000, (int)report["packets"]!);
        Assert.True((int)report["released"]! > 0);
        Assert.Equal(0, (int)report["early"]!);
    }

    [Theory]
    [InlineData("relay")]
    [InlineData("startup")]
    [InlineData("idle")]
    public void A_missing_float_is_said_with_what_to_do(string command)
    {
        var run = BenchRun.Of(command, "--float", "/nowhere/MixMq.Float");

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("/nowhere/MixMq.Float", run.Error, StringComparison.Ordinal);
        Assert.Contains("dotnet build", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Help_names_every_benchmark_and_none_of_the_helper_processes()
    {
        var help = BenchRun.Of("--help").Output;

        Assert.All(
            (string[])["x25519", "unwrap", "wrap", "surb", "replay", "delay-queue", "paths", "relay", "startup", "idle", "all"],
            name => Assert.Contains($"  {name} ", help, StringComparison.Ordinal));
        Assert.DoesNotContain("relay-sink", help, StringComparison.Ordinal);
    }

    internal static void AssertFields(JsonObject report, params string[] fields) =>
        Assert.All(fields, field => Assert.NotNull(report[field]));
}
