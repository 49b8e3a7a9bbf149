using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;
using MixMq.Overlay;
using MixMq.Transport.Configuration;
using MixMq.Transport.Metrics;
using MixMq.Transport.Tests.Testing;

namespace MixMq.Transport.Tests.Metrics;

/// <summary>A host's figures: right, readable to others' parsers, and without anybody's name.</summary>
public sealed partial class MetricsTests
{
    [Fact]
    public async Task A_hosts_figures_say_how_its_links_are_and_name_nobody()
    {
        await using var left = new TestNode("left-zq7");
        await using var right = new TestNode("right-zq7");
        await right.Knows(left, accept: true).StartAsync();
        await left.Knows(right, dial: true).StartAsync();
        await left.UpAsync(right);
        left.Host.Count(DropCause.PacketReplayed, 3);
        var text = await left.Host.Metrics.CollectAsync();
        Assert.Contains("mixmq_links{state=\"up\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("mixmq_drops_total{reason=\"PacketReplayed\"} 3\n", text, StringComparison.Ordinal);
        Assert.Contains("# TYPE mixmq_packets_relayed_total counter\n", text, StringComparison.Ordinal);
        foreach (var name in (string[])["zq7", left.Identity.Address.ToString(), right.Identity.Address.ToString(), "127.0.0.1", $":{right.Endpoint.Port}", left.Certificate.Pin.ToString()])
        {
            Assert.DoesNotContain(name, text, StringComparison.OrdinalIgnoreCase);
        }

        // Two labels there are, and their values are words of the program's own.
        string[] words = [.. Enum.GetNames<DropCause>(), .. Enum.GetNames<MixMq.Overlay.Links.LinkRefusalReason>(), .. Enum.GetNames<MixMq.Transport.Tls.TlsFailure>(), .. Enum.GetNames<MixMq.Overlay.Links.LinkStatus>().Select(name => name.ToLowerInvariant())];
        Assert.All(Label().Matches(text), label => Assert.True(label.Groups["key"].Value is "state" or "reason" && words.Contains(label.Groups["value"].Value), label.Value));
        var samples = text.Split('\n').Where(line => line.Length > 0 && line[0] != '#').Select(line => line + "\n");
        Assert.Equal(string.Concat(samples), MetricsFilter.Only(text));
    }

    [Fact]
    public async Task A_histogram_counts_into_bounded_buckets_and_costs_no_memory()
    {
        using var metrics = new NodeMetrics();
        var histogram = metrics.Meter.CreateHistogram<double>("mixmq.a.time", "s", "Of a test.", null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.5, 2] });
        histogram.Record(0.5);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            histogram.Record(1);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        histogram.Record(7);
        Assert.Equal(
            "# HELP mixmq_a_time_seconds Of a test.\n# TYPE mixmq_a_time_seconds histogram\n" +
            "mixmq_a_time_seconds_bucket{le=\"0.5\"} 1\nmixmq_a_time_seconds_bucket{le=\"2\"} 1001\nmixmq_a_time_seconds_bucket{le=\"+Inf\"} 1002\n" +
            "mixmq_a_time_seconds_sum 1007.5\nmixmq_a_time_seconds_count 1002\n",
            await metrics.CollectAsync());
    }

    [Fact]
    public async Task Another_hosts_meter_of_the_same_name_is_not_mixed_in()
    {
        using var one = new NodeMetrics();
        using var two = new NodeMetrics();
        two.Meter.CreateObservableGauge("mixmq.other", () => 1L, "{x}", "Of another.");
        Assert.Equal("", await one.CollectAsync());
        Assert.Contains("mixmq_other 1\n", await two.CollectAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_file_is_whole_at_any_time_and_read_by_owner_and_group_alone()
    {
        using var folder = new TestFolder();
        var file = folder.File("mixmq.prom");
        await using var node = new TestNode("node") { Adjust = configuration => configuration with { Metrics = new MetricsConfiguration { File = file, Seconds = 1 } } };
        await node.StartAsync();
        await node.WhenAsync(_ => File.Exists(file));
        var text = await File.ReadAllTextAsync(file);
        Assert.StartsWith("# HELP ", text, StringComparison.Ordinal);
        Assert.EndsWith("\n", text, StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead, File.GetUnixFileMode(file));
    }

    [Fact]
    public async Task A_file_that_can_not_be_written_is_said_once_and_the_host_goes_on()
    {
        using var folder = new TestFolder();
        await using var node = new TestNode("node")
        {
            Adjust = configuration => configuration with { Metrics = new MetricsConfiguration { File = folder.File("no/such/mixmq.prom"), Seconds = 1 } },
        };
        await node.StartAsync();
        await node.Log.WaitForAsync("The file of metrics can't be written");
        Assert.True((await node.Host.SnapshotAsync()).Links.IsEmpty);
    }

    [PrometheusFact]
    public async Task Prometheus_own_parser_reads_the_text()
    {
        await using var node = new TestNode("node");
        await node.StartAsync();
        node.Host.Count(DropCause.PacketReplayed);
        node.Host.Metrics.Meter.CreateHistogram<double>("mixmq.a.time", "s", "Of a test.", null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.5, 2] }).Record(1);
        const string Program = """
            import sys
            from prometheus_client.parser import text_string_to_metric_families as parse
            for family in parse(sys.stdin.read()):
                print(family.name, family.type, len(family.samples))
            """;
        var start = new ProcessStartInfo("/usr/bin/python3", ["-c", Program]) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false };
        using var process = Process.Start(start)!;
        await process.StandardInput.WriteAsync(await node.Host.Metrics.CollectAsync());
        process.StandardInput.Close();
        var read = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
        Assert.Contains("mixmq_a_time_seconds histogram 5\n", read, StringComparison.Ordinal);
        Assert.Contains("mixmq_drops counter 1\n", read, StringComparison.Ordinal);
        Assert.Contains("mixmq_links gauge 5\n", read, StringComparison.Ordinal);
        Assert.DoesNotContain("unknown", read, StringComparison.Ordinal);
    }

    [GeneratedRegex("\\{(?<key>[^=]*)=\"(?<value>[^\"]*)\"", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Label();
}
