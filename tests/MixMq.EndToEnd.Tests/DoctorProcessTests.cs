using System.Text.Json;
using MixMq.Testing;

namespace MixMq.EndToEnd.Tests;

/// <summary>A node and its float as processes: healthy when they are linked, and not when the float is gone; their figures and a bundle.</summary>
[Collection(RigCollection.Name)]
public sealed class DoctorProcessTests
{
    private const int Terminate = 15;
    private const int Tries = 200;

    [Fact]
    public async Task A_linked_node_and_float_are_healthy_and_without_the_float_the_node_says_so()
    {
        var folder = Directory.CreateTempSubdirectory("doctor-").FullName;
        try
        {
            var port = FreePorts.One();
            var (node, relay) = (Path.Combine(folder, "node"), Path.Combine(folder, "float"));
            var ofNode = await InitAsync("node", node);
            var ofFloat = await InitAsync("float", relay, "--listen", $"127.0.0.1:{port}");
            Assert.Equal(0, (await MixMqProcess.RunAsync("peer", "add", "--yes", "--config", relay, "node", ofNode.Address, "--accept", "--pin", ofNode.Pin)).ExitCode);
            Assert.Equal(0, (await MixMqProcess.RunAsync("peer", "add", "--yes", "--config", node, "float", ofFloat.Address, "--dial", $"127.0.0.1:{port}", "--pin", ofFloat.Pin)).ExitCode);
            using var running = MixMqProcess.Start("float", "run", "--config", relay);
            await UntilAsync(running, "Started");
            using var inside = MixMqProcess.Start("node", "run", "--config", node);
            await UntilAsync(inside, "Link to float is up");

            // The status text is written a moment after a change.
            var healthy = await UntilAsync(node, (survey, findings) => survey.GetProperty("healthy").GetBoolean() && findings.Exists(finding => Is(finding, "link", "ok")));
            Assert.Contains(healthy, finding => Is(finding, "control", "ok"));
            Assert.Contains("mixmq_links{state=\"up\"} 1\n", (await MixMqProcess.RunAsync("metrics", "--config", node)).Output, StringComparison.Ordinal);

            running.Signal(Terminate);
            await running.EndAsync();
            _ = await UntilAsync(node, (survey, findings) => !survey.GetProperty("healthy").GetBoolean() && findings.Exists(finding => Is(finding, "reach", "Unreachable")));
            var bundle = Path.Combine(folder, "support.tar.gz");
            var made = await MixMqProcess.RunAsync("doctor", "--config", node, "--bundle", bundle);
            Assert.Equal(1, made.ExitCode);
            Assert.Contains("Not healthy", made.Output, StringComparison.Ordinal);
            await AssertNamesNobodyAsync(bundle, folder, ofNode.Address, ofFloat.Address, ofNode.Pin[7..], ofFloat.Pin[7..], "127.0.0.1");
            inside.Signal(Terminate);
            await inside.EndAsync();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static bool Is(JsonElement finding, string check, string code) => finding.GetProperty("check").GetString() == check && finding.GetProperty("code").GetString() == code;

    private static async Task<(string Address, string Pin)> InitAsync(string kind, string folder, params string[] more)
    {
        var made = await MixMqProcess.RunAsync([kind, "init", folder, .. more, "--json"]);
        var json = MixMqProcess.LastObject(made.Output);
        return (json.GetProperty("address").GetString()!, json.GetProperty("pin").GetString()!);
    }

    private static async Task UntilAsync(MixMqProcess process, string text)
    {
        string? line;
        do
        {
            line = await process.Error.ReadLineAsync();
            Assert.NotNull(line);
        }
        while (!line.Contains(text, StringComparison.Ordinal));
    }

    /// <summary>Each try is a process that reads files and asks the node: no spin.</summary>
    private static async Task<List<JsonElement>> UntilAsync(string config, Func<JsonElement, List<JsonElement>, bool> wanted)
    {
        var output = "";
        for (var i = 0; i < Tries; i++)
        {
            output = (await MixMqProcess.RunAsync("doctor", "--config", config, "--json")).Output;
            var survey = MixMqProcess.LastObject(output);
            List<JsonElement> findings = [.. survey.GetProperty("findings").EnumerateArray()];
            if (wanted(survey, findings))
            {
                return findings;
            }
        }

        Assert.Fail(output);
        return [];
    }

    private static async Task AssertNamesNobodyAsync(string bundle, params string[] names)
    {
        using var zipped = new System.IO.Compression.GZipStream(File.OpenRead(bundle), System.IO.Compression.CompressionMode.Decompress);
        using var text = new StreamReader(zipped);
        var all = await text.ReadToEndAsync();
        Assert.Contains("node.prom", all, StringComparison.Ordinal);
        Assert.All(names, name => Assert.DoesNotContain(name, all, StringComparison.OrdinalIgnoreCase));
    }
}
