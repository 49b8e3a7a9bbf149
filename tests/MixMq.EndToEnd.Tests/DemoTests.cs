using System.Text.Json;

namespace MixMq.EndToEnd.Tests;

[Collection(DemoCollection.Name)]
public sealed class DemoTests
{
    private const long MemoryBound = 250L << 20;

    [Theory]
    [InlineData("none", 500, 4096)]
    [InlineData("kill-float", 200, 4096)]
    [InlineData("kill-relay", 200, 4096)]
    [InlineData("restart-recipient", 200, 4096)]
    public async Task Whatever_fails_everything_is_delivered_exactly_once_and_acknowledged(string fault, int messages, int size)
    {
        using var demo = MixMqProcess.Start("demo", "--messages", $"{messages}", "--size", $"{size}", "--json", "--fault", fault);
        var (exitCode, output, error) = await demo.EndAsync();
        Assert.True(exitCode == 0, output + error);
        // With --json nothing but the object is on standard output.
        var report = JsonDocument.Parse(output).RootElement;
        foreach (var count in new[] { "sent", "delivered", "acknowledged" })
            Assert.Equal(messages, report.GetProperty(count).GetInt32());
        foreach (var count in new[] { "duplicates", "corrupted", "disordered", "expired" })
            Assert.Equal(0, report.GetProperty(count).GetInt32());
        Assert.True(report.GetProperty("paths").GetInt32() >= 2);
        Assert.Equal(5, report.GetProperty("links").GetInt32());
        Assert.True(report.GetProperty("latency_ms_p50").GetDouble() > 0);
        Assert.True(report.GetProperty("latency_ms_p99").GetDouble() >= report.GetProperty("latency_ms_p50").GetDouble());
        Assert.True(report.GetProperty("retransmissions").GetInt64() >= 0);
        Assert.True(report.GetProperty("loops_returned").GetInt64() > 0);
        Assert.True(report.GetProperty("loops_sent").GetInt64() >= report.GetProperty("loops_returned").GetInt64() + report.GetProperty("loops_lost").GetInt64());
        Assert.Equal(report.GetProperty("file_sha256_sent").GetString(), report.GetProperty("file_sha256_received").GetString());
        AssertMemory(report);
        AssertNothingLeft(demo);
    }

    [Fact]
    public async Task A_file_of_four_megabytes_arrives_with_the_same_hash_and_in_bounded_memory()
    {
        var file = Path.GetTempFileName();
        try
        {
            var content = new byte[4 << 20];
            new Random(1).NextBytes(content);
            await File.WriteAllBytesAsync(file, content);
            using var demo = MixMqProcess.Start("demo", "--messages", "12", "--file", file, "--json");
            var (exitCode, output, error) = await demo.EndAsync();
            Assert.True(exitCode == 0, output + error);
            var report = MixMqProcess.LastObject(output);
            var hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(content));
            Assert.Equal(hash, report.GetProperty("file_sha256_sent").GetString());
            Assert.Equal(hash, report.GetProperty("file_sha256_received").GetString());
            AssertMemory(report);
            AssertNothingLeft(demo);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task The_first_line_comes_before_anything_is_made_and_the_table_at_the_end()
    {
        using var demo = MixMqProcess.Start("demo", "--messages", "12");
        var first = await demo.Output.ReadLineAsync();
        Assert.StartsWith("MixMq demo", first, StringComparison.Ordinal);
        Assert.StartsWith("Made keys", await demo.Output.ReadLineAsync(), StringComparison.Ordinal);
        var (exitCode, output, error) = await demo.EndAsync();
        Assert.True(exitCode == 0, output + error);
        foreach (var row in new[] { "Sent", "Delivered", "Acknowledged", "Duplicates", "Retransmissions", "Latency", "Links per path", "Different paths", "Loops" })
            Assert.Contains(row, output, StringComparison.Ordinal);
        AssertNothingLeft(demo);
    }

    [Theory]
    [InlineData(2, "MixMq demo")]
    [InlineData(2, "Started")]
    [InlineData(15, "The topology has converged")]
    [InlineData(1, "The topology has converged")]
    public async Task A_signal_at_any_moment_leaves_nothing_behind(int signal, string after)
    {
        using var demo = MixMqProcess.Start("demo", "--messages", "5000");
        while (await demo.Output.ReadLineAsync() is { } line && !line.StartsWith(after, StringComparison.Ordinal))
        {
            // Up to the line after which the signal is to come.
        }

        demo.Signal(signal);
        var (exitCode, _, _) = await demo.EndAsync();
        Assert.Equal(128 + signal, exitCode);
        AssertNothingLeft(demo);
    }

    [Fact]
    public async Task Processes_of_a_demo_that_was_killed_stop_by_themselves()
    {
        using var demo = MixMqProcess.Start("demo", "--messages", "5000");
        while (await demo.Output.ReadLineAsync() is { } line && !line.StartsWith("The topology has converged", StringComparison.Ordinal))
        {
            // Until all are at work.
        }

        Assert.Equal(9, demo.Descendants().Count);
        demo.Signal(9);
        await demo.EndAsync();
        await demo.WaitForDescendantsAsync();
        Assert.Empty(demo.Descendants());
    }

    [Fact]
    public async Task A_file_that_is_too_large_is_refused_before_anything_is_started()
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllBytesAsync(file, new byte[(4 << 20) + 1]);
            using var demo = MixMqProcess.Start("demo", "--file", file, "--json");
            var (exitCode, _, error) = await demo.EndAsync();
            Assert.Equal(2, exitCode);
            Assert.Contains("4 MiB", error, StringComparison.Ordinal);
            AssertNothingLeft(demo);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static void AssertMemory(JsonElement report) => Assert.All(
        report.GetProperty("peak_resident_bytes").EnumerateObject(),
        process => Assert.True(process.Value.GetInt64() < MemoryBound, $"{process.Name} had {process.Value.GetInt64() >> 20} MiB resident"));

    private static void AssertNothingLeft(MixMqProcess demo)
    {
        Assert.Empty(demo.Descendants());
        Assert.Empty(Directory.GetFileSystemEntries(demo.Temporary, "mixmq-demo-*"));
    }
}
