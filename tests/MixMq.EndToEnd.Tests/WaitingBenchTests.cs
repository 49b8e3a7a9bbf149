using System.Text.Json;

namespace MixMq.EndToEnd.Tests;

/// <summary>What scripts that read <c>bench waiting</c> rely on. No figure is judged here: a loaded machine must not fail a test.</summary>
[Collection(RigCollection.Name)]
public sealed class WaitingBenchTests
{
    [Fact]
    public async Task Messages_wait_for_a_recipient_that_has_gone_and_all_others_arrive()
    {
        using var bench = MixMqProcess.Start("bench", "waiting", "--count", "300", "--seconds", "1", "--turns", "2", "--json");
        var (exitCode, output, error) = await bench.EndAsync();

        // Only where each message to the other recipient came once and unchanged, and exactly the 300 still wait.
        Assert.True(exitCode == 0, output + error);
        var report = JsonDocument.Parse(output).RootElement;
        Assert.True(report.GetProperty("success").GetBoolean());
        Assert.Equal("waiting", report.GetProperty("mode").GetString());
        Assert.Equal(300, report.GetProperty("count").GetInt32());
        Assert.Equal(2, report.GetProperty("turns").GetInt32());
        string[] figures =
        [
            "submit_s", "start_s", "resident_mb", "peak_resident_mb", "messages_per_s_alone", "messages_per_s_beside", "throughput_ratio",
            "sender_cpu_us_alone", "sender_cpu_us_beside", "sender_cpu_ratio",
        ];
        Assert.All(figures, name => Assert.True(report.GetProperty(name).GetDouble() >= 0, name));
        Assert.True(report.GetProperty("messages_per_s_alone").GetDouble() > 0);
        Assert.True(report.GetProperty("messages_per_s_beside").GetDouble() > 0);
        Assert.Contains("Submitting messages that wait", error, StringComparison.Ordinal);
        Assert.Empty(bench.Descendants());
        Assert.Empty(Directory.GetFileSystemEntries(bench.Temporary, "mixmq-bench-*"));
    }
}
