using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using Google.Protobuf;
using MixMq.Contracts.Control.V1;

namespace MixMq.Cli.Tests.Networks;

/// <summary>Entries of the map: made and signed by authorities, given to a node, listed and checked.</summary>
public sealed partial class MapCommandTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task An_entry_is_signed_by_two_and_checked_without_a_node()
    {
        var address = await CreateAsync();
        var made = await OkAsync("map", "entry", "b.entry", "--network", "network.params", "--name", "cn=Bank B, c=GB", "--address", address, "--key", "a.key");
        Assert.Contains("mixmq network sign b.entry --key THEIR.key --network network.params", made.Output, StringComparison.Ordinal);
        var early = await RunAsync("map", "verify", "b.entry", "--network", "network.params");
        Assert.Equal((1, true), (early.ExitCode, early.Output.Contains("CN=Bank B,C=GB: signed by 1 authorities, 2 must", StringComparison.Ordinal)));
        Assert.Contains("mixmq map add", (await OkAsync("network", "sign", "b.entry", "--network", "network.params", "--key", "b.key")).Output, StringComparison.Ordinal);
        Assert.Contains("1 of 1 entries", (await OkAsync("map", "verify", "b.entry", "--network", "network.params")).Output, StringComparison.Ordinal);
        var shown = (await OkAsync("network", "show", "b.entry", "--network", "network.params", "--json")).Json;
        Assert.Equal(("map-entry", "CN=Bank B,C=GB", true), (shown.GetProperty("kind").GetString(), shown.GetProperty("name").GetString(), shown.GetProperty("complete").GetBoolean()));
        Assert.Equal(address, shown.GetProperty("addresses")[0].GetString());
    }

    [Fact]
    public async Task A_name_with_letters_that_look_like_others_is_shown_as_what_it_is()
    {
        var address = await CreateAsync();
        var made = await OkAsync("map", "entry", "b.entry", "--network", "network.params", "--name", "CN=B\u0430nk B", "--address", address);
        Assert.Contains(@"CN=B\u{430}nk B", made.Error, StringComparison.Ordinal);
        var shown = await OkAsync("network", "show", "b.entry");
        Assert.Contains(@"name         CN=B\u{430}nk B", shown.Output, StringComparison.Ordinal);
        Assert.Contains("several scripts", shown.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_name_can_be_a_certificates_subject()
    {
        var address = await CreateAsync();
        var subject = new X500DistinguishedNameBuilder();
        subject.AddCommonName("Bank Ä");
        subject.AddOrganizationName("Sue, Grabbit \"&\" Runn");
        subject.AddCountryOrRegion("GB");
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest(subject.Build(), key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(1));
        await File.WriteAllTextAsync(_folder.File("bank.crt"), certificate.ExportCertificatePem());
        await OkAsync("map", "entry", "b.entry", "--network", "network.params", "--subject-of", "bank.crt", "--address", address);
        var shown = (await OkAsync("network", "show", "b.entry", "--json")).Json;
        Assert.Equal("""CN=Bank Ä,O=Sue\, Grabbit \"&\" Runn,C=GB""", shown.GetProperty("name").GetString());
    }

    [Fact]
    public async Task What_is_wrong_with_an_entry_is_said_in_words()
    {
        var address = await CreateAsync();
        Assert.Contains("attributes", (await RefusedAsync("--name", "Bank B", "--address", address)), StringComparison.Ordinal);
        Assert.Contains("Give --name or --subject-of", (await RefusedAsync("--address", address)), StringComparison.Ordinal);
        Assert.Contains("Give --address, or --remove", (await RefusedAsync("--name", "CN=A")), StringComparison.Ordinal);
        Assert.Contains("Give --address, or --remove", (await RefusedAsync("--name", "CN=A", "--remove", "--address", address)), StringComparison.Ordinal);
        await OkAsync("map", "entry", "gone.entry", "--network", "network.params", "--name", "CN=A", "--remove");
        Assert.Contains("taken out of the map", (await OkAsync("network", "show", "gone.entry")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_is_given_entries_and_lists_them_with_what_there_is_to_be_said()
    {
        var address = await CreateAsync();
        await OkAsync("map", "entry", "b.entry", "--network", "network.params", "--name", "CN=Bank B", "--address", address, "--key", "a.key", "--key", "b.key");
        await using var node = await FakeNode.StartAsync();
        var added = await OkAsync("map", "add", "b.entry", "--socket", node.SocketPath);
        Assert.Contains("In the map: CN=Bank B", added.Output, StringComparison.Ordinal);
        Assert.Contains("Known already", (await OkAsync("map", "add", "b.entry", "--socket", node.SocketPath)).Output, StringComparison.Ordinal);
        Assert.Contains("1 of 1 entries", (await OkAsync("map", "verify", "--network", "network.params", "--socket", node.SocketPath)).Output, StringComparison.Ordinal);

        // What the node says of an entry isn't believed where it can be checked.
        var text = await File.ReadAllTextAsync(_folder.File("b.entry"));
        var forged = Convert.FromBase64String(text[PemEncoding.Find(text).Base64Data]);
        forged[^1] ^= 1;
        node.Map[0] = new NetworkMapEntry
        {
            Statement = ByteString.CopyFrom(forged), Name = "CN=Bank B", Shown = "CN=Bank B", Number = 7, Addresses = { address }, Contradicted = true, LookAlikes = { @"CN=B\u{430}nk B" },
        };
        Assert.Contains("NOT GENUINE", (await RunAsync("map", "verify", "--network", "network.params", "--socket", node.SocketPath)).Output, StringComparison.Ordinal);
        var listed = (await OkAsync("map", "list", "--socket", node.SocketPath, "--containing", "bank", "--json")).Json;
        Assert.Equal((7UL, true, @"CN=B\u{430}nk B"), (listed.GetProperty("number").GetUInt64(), listed.GetProperty("contradicted").GetBoolean(), listed.GetProperty("look_alikes")[0].GetString()));
        Assert.Contains("No such names", (await OkAsync("map", "list", "--socket", node.SocketPath, "--containing", "nobody")).Error, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Spec", "ADM-29")]
    [Trait("Spec", "ADM-33")]
    public async Task A_succession_is_signed_by_both_keys_and_the_threshold_and_an_emergency_is_told_wherever_it_is_shown()
    {
        var address = await CreateAsync();
        var made = await OkAsync("map", "succession", "s", "--network", "network.params", "--old-key", "node.key", "--new-key", "new.key");
        Assert.True(File.Exists(_folder.File("new.key")));
        Assert.Contains("mixmq network sign s --key THEIR.key --network network.params", made.Output, StringComparison.Ordinal);
        Assert.Contains("signed by 0 of the 3 authorities, 2 must.", made.Output, StringComparison.Ordinal);
        Assert.Contains("signed by 0 authorities, 2 must", (await RunAsync("map", "verify", "s", "--network", "network.params")).Output, StringComparison.Ordinal);
        Assert.Contains("\"successions\"", (await OkAsync("network", "sign", "s", "--network", "network.params", "--key", "b.key", "--key", "c.key")).Output, StringComparison.Ordinal);
        Assert.Contains("1 of 1 entries", (await OkAsync("map", "verify", "s", "--network", "network.params")).Output, StringComparison.Ordinal);
        var shown = await OkAsync("network", "show", "s", "--network", "network.params");
        Assert.Contains("(the old key)", shown.Output, StringComparison.Ordinal);
        Assert.Contains("2 of 2 needed", shown.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("EMERGENCY", shown.Output, StringComparison.Ordinal);

        await OkAsync("map", "succession", "e", "--network", "network.params", "--emergency", address, "--new-key", "new.key", "--key", "a.key");
        Assert.Contains("signed by 1 authorities, 2 must", (await RunAsync("map", "verify", "e", "--network", "network.params")).Output, StringComparison.Ordinal);
        await OkAsync("network", "sign", "e", "--network", "network.params", "--key", "b.key");
        Assert.Contains("EMERGENCY", (await OkAsync("network", "show", "e")).Output, StringComparison.Ordinal);
        var json = (await OkAsync("network", "show", "e", "--network", "network.params", "--json")).Json;
        Assert.Equal(("succession", address, true, true), (json.GetProperty("kind").GetString(), json.GetProperty("old_address").GetString(), json.GetProperty("emergency").GetBoolean(), json.GetProperty("complete").GetBoolean()));
        Assert.Contains("Give --old-key", (await RunAsync("map", "succession", "x", "--network", "network.params", "--new-key", "new.key")).Error, StringComparison.Ordinal);
        Assert.Contains("The new key is the old one", (await RunAsync("map", "succession", "x", "--network", "network.params", "--old-key", "new.key", "--new-key", "new.key")).Error, StringComparison.Ordinal);

        await using var node = await FakeNode.StartAsync();
        Assert.Contains("(EMERGENCY)", (await OkAsync("map", "add", "e", "--socket", node.SocketPath)).Output, StringComparison.Ordinal);
        node.Map.Clear();
        node.Map.Add(new NetworkMapEntry { Name = "CN=A", Shown = "CN=A", Addresses = { address }, Now = { new AddressNow { Address = address, Present = "mix1new", Emergency = true } } });
        node.Successions.Add(new SuccessionStatus { OldAddress = address, NewAddress = "mix1new", Emergency = true, Reason = "its time hasn't come", ShownName = "CN=A" });
        Assert.True((await OkAsync("map", "list", "--socket", node.SocketPath, "--json")).Json.GetProperty("now")[0].GetProperty("emergency").GetBoolean());
        Assert.Contains("EMERGENCY", (await OkAsync("map", "list", "--socket", node.SocketPath)).Output, StringComparison.Ordinal);
        var listed = (await OkAsync("map", "successions", "--socket", node.SocketPath, "--json")).Json;
        Assert.Equal((true, false, "its time hasn't come"), (listed.GetProperty("emergency").GetBoolean(), listed.GetProperty("in_use").GetBoolean(), listed.GetProperty("reason").GetString()));
        Assert.Contains("EMERGENCY", (await OkAsync("map", "successions", "--socket", node.SocketPath)).Output, StringComparison.Ordinal);
    }

    /// <summary>A network, and some node's address.</summary>
    private async Task<string> CreateAsync()
    {
        var keys = new List<string>();
        foreach (var name in new[] { "a.key", "b.key", "c.key", "node.key" })
            keys.Add(Address().Match((await OkAsync("network", "key", name)).Output).Value);
        await OkAsync(["network", "create", "network.params", "--name", "payments", "--key", "a.key", "--key", "b.key", .. keys[..3].SelectMany(key => (string[])["--authority", key])]);
        return keys[3];
    }

    private async Task<string> RefusedAsync(params string[] args)
    {
        var result = await RunAsync(["map", "entry", "x.entry", "--network", "network.params", .. args]);
        Assert.Equal(2, result.ExitCode);
        return result.Error;
    }

    private async Task<CliResult> OkAsync(params string[] args)
    {
        var result = await RunAsync(args);
        Assert.True(result.ExitCode == 0, $"{string.Join(' ', args)}: {result.Error}");
        return result;
    }

    private Task<CliResult> RunAsync(params string[] args) => CliResult.RunAsync(_folder.Path, args);

    [GeneratedRegex("mix1[a-z0-9]{58}", RegexOptions.None, 1000)]
    private static partial Regex Address();
}
