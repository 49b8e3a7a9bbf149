namespace MixMq.Bench.Tests;

/// <summary>A real float that starts, and one that has nothing to do.</summary>
public sealed class FloatTests
{
    [Fact]
    public void Starting_is_reported_until_listening_and_until_the_first_link()
    {
        var run = BenchRun.Of("startup", "--rounds", "1", "--json");

        Assert.True(run.ExitCode == 0, run.Error);
        var report = run.Report();
        BenchCommandTests.AssertFields(report, [.. BenchCommandTests.Relations, "listening_ms", "first_link_ms", "cpu_ms"]);
        Assert.True((double)report["first_link_ms"]! > (double)report["listening_ms"]!);
    }

    [Fact]
    public void Idling_is_reported_as_a_share_of_a_core_and_memory()
    {
        var run = BenchRun.Of("idle", "--links", "2", "--seconds", "1", "--json");

        Assert.True(run.ExitCode == 0, run.Error);
        BenchCommandTests.AssertFields(run.Report(), [.. BenchCommandTests.Relations, "links", "cpu_share", "resident_mb"]);
    }
}
