namespace MixMq.Bench.Tests;

/// <summary>A real float between two processes, with a few packets.</summary>
public sealed class RelayTests
{
    [Fact]
    public void A_relay_run_reports_capacity_cost_and_delays_and_loses_nothing()
    {
        var run = BenchRun.Of("relay", "--seconds", "1", "--links", "3", "--warm-up", "200", "--window", "64", "--mean-delay-ms", "2", "--json");

        Assert.True(run.ExitCode == 0, run.Error);
        var report = run.Report();
        BenchCommandTests.AssertFields(
            report, "packets_per_s", "cpu_us", "x25519_us", "ratio", "p99_ms", "allocated_bytes", "resident_mb_links_up", "lost", "saturated", "loads");
        Assert.Equal(0, (long)report["lost"]!);
        var loads = report["loads"]!.AsArray();
        Assert.Equal(["10%", "50%", "80%"], loads.Select(load => (string?)load!["load"]));
        Assert.All(loads, load =>
        {
            BenchCommandTests.AssertFields(load!.AsObject(), "packets_per_s", "cpu_us", "x25519_us", "ratio", "p50_ms", "p99_ms", "p999_ms", "sent");
            Assert.Equal(0, (int)load["strange"]!);

            // No packet leaves before the delay that it asks for is over.
            Assert.True((double)load["p50_ms"]! > 0);
        });
    }
}
