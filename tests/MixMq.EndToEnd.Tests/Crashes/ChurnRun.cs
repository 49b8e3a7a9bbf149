using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using MixMq.Contracts.Client;
using MixMq.EndToEnd.Tests.Hostile;

namespace MixMq.EndToEnd.Tests.Crashes;

/// <summary>
/// Traffic both ways while peers come, change and go and certificates are renewed, at a node that is asked to take it and at a float that finds it out. The
/// payments' ledger says what became of the messages, the floats' audit trails what became of links that nothing was changed about.
/// </summary>
internal sealed class ChurnRun(int changes, Action<string> say)
{
    /// <summary>Of so many changes one is the float's, which takes half a second to see that a file stands still.</summary>
    private const int FloatEvery = 10;

    /// <summary>More than there is time for: the traffic goes on until the changes are made.</summary>
    private const int MostPayments = 100_000_000;

    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(20);
    private readonly PaymentLedger _ledger = new(MostPayments);
    private readonly long _started = Stopwatch.GetTimestamp();
    private int _nodeChanges;
    private int _floatChanges;
    private int _certificates;

    private TimeSpan Patience => TimeSpan.FromSeconds(180 + (3 * changes));

    /// <summary>Runs it to its end and fails with everything that is wrong.</summary>
    public async Task RunAsync()
    {
        await using var network = new CrashNetwork(_ledger, payments: true);
        network.Start();
        var failed = Task.WhenAny(network.Processes.Select(process => process.Failed)).Unwrap();
        await FailOnAsync(failed, _ledger.BookedAsync(1));
        await FailOnAsync(failed, ChangeAsync(network));
        var booked = _ledger.Booked;
        await FailOnAsync(failed, network.CloseAsync(_ledger));
        await FailOnAsync(failed, _ledger.Complete);
        Assert.True(_ledger.Faults.Count == 0, string.Join('\n', _ledger.Faults.Take(20)));
        foreach (var (name, others) in new[] { ("float-a", new[] { "node-a", "float-b" }), ("float-b", ["node-b", "float-a"]) })
        {
            var trail = await File.ReadAllLinesAsync(Path.Combine(network.Folder, name, "data", "audit.log"));
            Assert.Equal(others.Order(), others.Where(other => trail.Any(line => line.EndsWith($" up peer={other}", StringComparison.Ordinal))).Order());
            Assert.DoesNotContain(trail, line => line.Contains(" down ", StringComparison.Ordinal) && others.Any(other => line.Contains($"peer={other} ", StringComparison.Ordinal)));
        }

        var status = await network.StatusAsync("node-a");
        Assert.Equal("Up", Assert.Single(status.Links, link => link.Name == "float-a").State.ToString());
        say(string.Create(
            CultureInfo.InvariantCulture,
            $"{_nodeChanges} changes of a node's peers, {_floatChanges} of a float's, {_certificates} certificates, {booked} messages meanwhile, {Stopwatch.GetElapsedTime(_started).TotalSeconds:0} s: no message lost, doubled or out of order, no link of others down"));
    }

    private async Task ChangeAsync(CrashNetwork network)
    {
        using var guest = new Member("guest", port: 9);
        using var other = new Member("guest", port: 9);
        using var node = NodeControlClient.ForUnixSocket(Path.Combine(network.Folder, "node-a", "data", "control.sock"));
        using var key = ECDsa.Create();
        key.ImportFromPem(await File.ReadAllTextAsync(Path.Combine(network.Folder, "float-a", "tls.key")));
        for (var i = 0; i < changes; i++)
        {
            if (i % FloatEvery != FloatEvery - 1)
            {
                // Added, trusted otherwise, called otherwise, removed.
                Edit(Path.Combine(network.Folder, "node-a"), peers => Turn(peers, _nodeChanges, guest, other));
                var answer = await node.ReloadConfigurationAsync(TimeSpan.FromSeconds(30));
                Assert.Empty(answer.Errors);

                // Nothing is new to a node that has seen for itself that the file has changed; either way what the file says is in use now.
                Assert.InRange(answer.Added.Count + answer.Changed.Count + answer.Removed.Count, 0, 1);
                _nodeChanges++;
            }
            else if (_floatChanges % 2 == 1 && _certificates < _floatChanges)
            {
                var leaf = Path.Combine(network.Folder, "float-a", "tls.crt");
                using var renewed = Renewed(key, _certificates);
                Replace(leaf, renewed.ExportCertificatePem() + "\n");
                await UntilAsync(network, "float-a", CertificateOf(leaf));
                _certificates++;
            }
            else
            {
                // A name of its own each time, so that the trail, which has a limit for each peer, says that it was taken.
                var name = string.Create(CultureInfo.InvariantCulture, $"guest-{_floatChanges}");
                Edit(Path.Combine(network.Folder, "float-a"), peers => Put(peers, guest, name));
                await UntilTrailAsync(network, "float-a", name);
                _floatChanges++;
            }
        }
    }

    private static void Turn(JsonArray peers, int turn, Member guest, Member other)
    {
        switch (turn % 4)
        {
            case 0:
                peers.Add((JsonNode)guest.AsPeer(dial: true));
                break;
            case 1:
                Find(peers, guest)["trust"] = other.AsPeer(dial: true)["trust"]!.DeepClone();
                break;
            case 2:
                Find(peers, guest)["name"] = "renamed";
                break;
            default:
                peers.Remove(Find(peers, guest));
                break;
        }
    }

    private static void Put(JsonArray peers, Member guest, string name)
    {
        if (peers.FirstOrDefault(peer => (string?)peer!["address"] == guest.Address.ToString()) is JsonObject there)
        {
            there["name"] = name;
            return;
        }

        var entry = guest.AsPeer(dial: false);
        entry["name"] = name;
        peers.Add((JsonNode)entry);
    }

    private static JsonObject Find(JsonArray peers, Member member) => (JsonObject)peers.Single(peer => (string?)peer!["address"] == member.Address.ToString())!;

    private static void Edit(string folder, Action<JsonArray> edit)
    {
        var path = Path.Combine(folder, "float.json");
        var configuration = JsonNode.Parse(File.ReadAllText(path))!;
        edit((JsonArray)configuration["peers"]!);
        Replace(path, configuration.ToJsonString());
    }

    private static void Replace(string path, string text)
    {
        File.WriteAllText(path + ".new", text);
        File.SetUnixFileMode(path + ".new", File.GetUnixFileMode(path));
        File.Move(path + ".new", path, overwrite: true);
    }

    /// <summary>The same key for another time, so that peers' pins hold.</summary>
    private static X509Certificate2 Renewed(ECDsa key, int count)
    {
        var now = DateTimeOffset.UtcNow;
        return new CertificateRequest("CN=float-a", key, HashAlgorithmName.SHA256).CreateSelfSigned(now.AddDays(-1), now.AddDays(40 + count));
    }

    private static string CertificateOf(string path)
    {
        using var certificate = X509CertificateLoader.LoadCertificateFromFile(path);
        return string.Create(CultureInfo.InvariantCulture, $"valid until {certificate.NotAfter.ToUniversalTime():yyyy-MM-ddTHH:mm:ss}Z");
    }

    private static Task UntilAsync(CrashNetwork network, string member, string text) =>
        UntilAsync(Path.Combine(network.Folder, member, "data", "status.txt"), text);

    private static Task UntilTrailAsync(CrashNetwork network, string member, string peer) =>
        UntilAsync(Path.Combine(network.Folder, member, "data", "audit.log"), $"peer={peer}");

    private static async Task UntilAsync(string file, string text)
    {
        using var timer = new PeriodicTimer(Poll);
        while (!File.Exists(file) || !(await File.ReadAllTextAsync(file)).Contains(text, StringComparison.Ordinal))
            await timer.WaitForNextTickAsync();
    }

    private async Task FailOnAsync(Task<string> failed, Task work)
    {
        var left = Patience - Stopwatch.GetElapsedTime(_started);
        if (await Task.WhenAny(failed, work).WaitAsync(left) == failed)
            Assert.Fail($"after {_nodeChanges + _floatChanges + _certificates} changes: {await failed}");
        await work;
    }
}
