using System.Text;
using System.Text.Json;

namespace MixMq.EndToEnd.Tests;

/// <summary>What the processes leave on disk and in their logs, looked at while the network still runs.</summary>
[Collection(DemoCollection.Name)]
public sealed class SecrecyTests
{
    private const string Marker = "a-content-that-must-not-be-on-any-float-0f9d2c";

    [Fact]
    [Trait("Spec", "SPX-14")]
    public async Task Floats_write_no_content_and_no_one_logs_contents_packets_ids_or_addresses_of_non_neighbours()
    {
        using var demo = MixMqProcess.Start("demo", "--messages", "24", "--keep", "--json");
        var (exitCode, output, error) = await demo.EndAsync();
        Assert.True(exitCode == 0, output + error);
        var folder = MixMqProcess.LastObject(output).GetProperty("folder").GetString()!;

        // A message of known content, label and id, beside the demo's own.
        var sent = await MixMqProcess.RunAsync(
            "send", "--config", Configuration(folder, "node-a"), "--to", "node-b", "--label", Marker, "--wait", "--json", Marker);
        Assert.True(sent.ExitCode == 0, sent.Error);
        var id = MixMqProcess.LastObject(sent.Output).GetProperty("message_id").GetString()!;
        var received = await MixMqProcess.RunAsync("receive", "--config", Configuration(folder, "node-b"), "--json");
        Assert.Contains(Marker, received.Output, StringComparison.Ordinal);

        await AssertAnonymityAsync(folder);
        await AssertLoopsReturnAsync(folder);

        byte[][] secretsOfMessages = [Encoding.UTF8.GetBytes(Marker), Encoding.ASCII.GetBytes(id), Convert.FromHexString(id), "MMQD"u8.ToArray()];
        var members = Directory.GetDirectories(folder).SelectMany(Directory.GetDirectories).ToList();
        Assert.Equal(9, members.Count);
        var addresses = members.ToDictionary(Name, member => AddressOf(member, members));
        var keys = members.ToDictionary(Name, member => File.ReadAllBytes(Path.Combine(member, "identity.key"))[28..^27]);

        foreach (var member in members)
        {
            var isFloat = !Name(member).StartsWith("node-", StringComparison.Ordinal);
            foreach (var file in Directory.GetFiles(member, "*", SearchOption.AllDirectories).Where(IsReadable))
            {
                var bytes = await ReadAsync(file);
                if (isFloat)
                    Assert.All(secretsOfMessages, secret => Assert.True(bytes.AsSpan().IndexOf(secret) < 0, $"{file} has something of a message"));
                // Its own key in its own key file, and no one's anywhere else.
                foreach (var (owner, key) in keys)
                    Assert.True(bytes.AsSpan().IndexOf(key) < 0 || (owner == Name(member) && Path.GetFileName(file) == "identity.key"), $"{file} has the key of {owner}");
                if (isFloat)
                    AssertNoStrangers(file, bytes, member, addresses);
            }

            var log = await File.ReadAllTextAsync(Path.Combine(member, "log.txt"));
            Assert.All(new[] { Marker, id, Convert.ToBase64String(Convert.FromHexString(id)) }, secret => Assert.DoesNotContain(secret, log, StringComparison.OrdinalIgnoreCase));
            AssertNoStrangers("log of " + Name(member), Encoding.UTF8.GetBytes(log), member, addresses);
            // Bytes of a packet or a key would show as a long run of hexadecimal or Base64.
            Assert.DoesNotMatch("[0-9a-fA-F]{48,}", log);
            Assert.DoesNotMatch("[0-9A-Za-z+/]{88,}", log);
        }

        await StopAsync(folder);
        Assert.False(Directory.Exists(folder));
        Assert.Empty(demo.Descendants());
    }

    /// <summary>Neither as text nor as bytes has a file the address of a node that isn't configured as a neighbour.</summary>
    private static void AssertNoStrangers(string what, byte[] bytes, string member, Dictionary<string, string> addresses)
    {
        var neighbours = Peers(member).Select(peer => peer.Address).ToHashSet();
        foreach (var (name, address) in addresses.Where(other => other.Key != Name(member) && !neighbours.Contains(other.Value)))
        {
            Assert.True(Sphinx.NodeAddress.TryParse(address, out var parsed, out _));
            foreach (var form in new[] { Encoding.ASCII.GetBytes(address), parsed.ToArray(), Encoding.ASCII.GetBytes(Convert.ToHexStringLower(parsed.ToArray())) })
                Assert.True(bytes.AsSpan().IndexOf(form) < 0, $"{what} has the address of {name}, which is no neighbour");
        }
    }

    private static string AddressOf(string member, IEnumerable<string> members) =>
        members.SelectMany(Peers).First(peer => peer.Name == Name(member)).Address;

    private static IEnumerable<(string Name, string Address)> Peers(string member)
    {
        using var json = JsonDocument.Parse(File.ReadAllText(Directory.GetFiles(member, "*.json").Single()));
        return [.. json.RootElement.GetProperty("peers").EnumerateArray().Select(peer => (peer.GetProperty("name").GetString()!, peer.GetProperty("address").GetString()!))];
    }

    /// <summary>Not the socket, and not the empty file that is held locked beside it.</summary>
    private static bool IsReadable(string file) => new FileInfo(file) is { Exists: true, LinkTarget: null, Length: > 0 } && !file.EndsWith(".sock", StringComparison.Ordinal);

    /// <summary>All of it; nothing where it is gone by now, as files are that are written beside others and then take their place.</summary>
    private static async Task<byte[]> ReadAsync(string file)
    {
        try
        {
            await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var bytes = new MemoryStream();
            await stream.CopyToAsync(bytes);
            return bytes.ToArray();
        }
        catch (FileNotFoundException)
        {
            return [];
        }
    }

    /// <summary>A node says what this very network does for its paths.</summary>
    private static async Task AssertAnonymityAsync(string folder)
    {
        var asked = await MixMqProcess.RunAsync("topology", "--config", Configuration(folder, "node-a"), "--anonymity", "--json");
        Assert.True(asked.ExitCode == 0, asked.Error);
        var report = MixMqProcess.LastObject(asked.Output);
        int Number(string name) => report.GetProperty(name).GetInt32();
        Assert.Equal((6, 15, 3, 6, 6), (Number("relays"), Number("relay_links"), Number("ends"), Number("pairs"), Number("exact_pairs")));
        Assert.Equal((5, 0, 6), (Number("path_links"), Number("pairs_without_path"), Number("pairs_lost_with_one_relay")));
        Assert.InRange(report.GetProperty("entropy_median_bits").GetDouble(), 4, 5);
        Assert.Contains(report.GetProperty("warnings").EnumerateArray(), warning => warning.GetProperty("kind").GetString() == "one-relay");
    }

    /// <summary>Loops of both kinds come back to a node that is left alone, and none is lost.</summary>
    private static async Task AssertLoopsReturnAsync(string folder)
    {
        for (var looks = 0; looks < 100; looks++)
        {
            var asked = await MixMqProcess.RunAsync("status", "--config", Configuration(folder, "node-a"), "--json");
            Assert.True(asked.ExitCode == 0, asked.Error);
            var loops = MixMqProcess.LastObject(asked.Output).GetProperty("loops");
            Assert.False(loops.GetProperty("warning").GetBoolean());
            var kinds = new[] { "forward", "surb" }.Select(loops.GetProperty).ToList();
            Assert.All(kinds, kind => Assert.Equal(0, kind.GetProperty("lost").GetInt32()));
            if (kinds.All(kind => kind.GetProperty("returned").GetInt32() > 0 && kind.GetProperty("median_ms").GetDouble() > 0))
                return;
        }

        Assert.Fail("No loop of one kind came back.");
    }

    private static async Task StopAsync(string folder)
    {
        using var stop = System.Diagnostics.Process.Start(Path.Combine(folder, "stop"));
        await stop.WaitForExitAsync();
    }

    private static string Name(string member) => Path.GetFileName(member);

    private static string Configuration(string folder, string node) => Path.Combine(folder, node[^1..], node, "node.json");
}
