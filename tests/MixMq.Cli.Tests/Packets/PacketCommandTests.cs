using System.Security.Cryptography;
using System.Text.Json.Nodes;
using MixMq.Cli.Packets;
using static MixMq.Cli.Tests.Packets.PacketRun;

namespace MixMq.Cli.Tests.Packets;

public sealed class PacketCommandTests
{
    [Fact]
    public async Task A_packet_goes_from_file_to_file_hop_by_hop()
    {
        using var folder = new TestFolder();
        folder.Write("request.json", Wrap());
        await OkAsync(folder, "wrap", "--request", "request.json", "--out", "0.bin");
        Assert.Equal(49 + (4 * 56) + 128 + 96, new FileInfo(folder.File("0.bin")).Length);
        for (var hop = 0; hop < Hops; hop++)
        {
            var unwrap = await OkAsync(folder, "unwrap", "--secret", Secret(hop), "--network", "request.json", "--in", $"{hop}.bin", "--out", $"{hop + 1}.bin");
            Assert.Contains(hop < Hops - 1 ? Address(hop + 1) : "Hello", unwrap.Output, StringComparison.Ordinal);
        }

        Assert.Equal("Hello"u8.ToArray(), File.ReadAllBytes(folder.File($"{Hops}.bin")));
    }

    [Fact]
    public async Task A_surb_goes_from_file_to_file()
    {
        using var folder = new TestFolder();
        folder.Write("surb.json", Surb(2));
        await OkAsync(folder, "surb", "make", "--request", "surb.json", "--out", "surb.bin", "--state", "state.json");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(folder.File("state.json")));
        await OkAsync(folder, "surb", "use", "--surb", "surb.bin", "--network", "surb.json", "--message", "796573", "--random_seed", "00", "--out", "0.bin");
        await OkAsync(folder, "unwrap", "--secret", Secret(0), "--network", "surb.json", "--in", "0.bin", "--out", "1.bin");
        await OkAsync(folder, "unwrap", "--secret", Secret(1), "--network", "surb.json", "--in", "1.bin", "--out", "lane-b.bin");
        Assert.Equal("yes\n", (await OkAsync(folder, "surb", "open", "--state", "state.json", "--in", "lane-b.bin")).Output);
    }

    [Theory]
    [InlineData("1999999999", 0)]
    [InlineData("2000000000", 1)]
    public async Task An_expiry_is_held_against_the_time_that_is_given(string now, int exitCode)
    {
        using var folder = new TestFolder();
        folder.Write("surb.json", Surb(2));
        await OkAsync(folder, "surb", "make", "--request", "surb.json", "--out", "surb.bin", "--state", "state.json");
        var use = await RunAsync(
            folder, "surb", "use", "--surb", "surb.bin", "--network", "surb.json", "--message", "", "--random_seed", "00", "--now", now, "--out", "p.bin");
        Assert.Equal(exitCode, use.ExitCode);
    }

    [Fact]
    public async Task What_commands_print_with_json_is_what_a_batch_answers()
    {
        using var folder = new TestFolder();
        folder.Write("request.json", Wrap());
        var wrap = await OkAsync(folder, "wrap", "--request", "request.json", "--json", "--out", "p.bin");
        var unwrap = await OkAsync(folder, "unwrap", "--secret", Secret(0), "--network", "request.json", "--in", "p.bin", "--json");
        var batch = await BatchAsync(new JsonObject { ["command"] = "wrap", ["request"] = Wrap() }, Unwrap(0, wrap.Json.Text("packet")));
        Assert.Equal(batch[0].GetRawText(), wrap.Json.GetRawText());
        Assert.Equal(batch[1].GetRawText(), unwrap.Json.GetRawText());
    }

    [Fact]
    public async Task A_drop_is_an_outcome_that_is_told_and_writes_nothing()
    {
        using var folder = new TestFolder();
        folder.Write("request.json", Wrap());
        File.WriteAllBytes(folder.File("short.bin"), [1, 2, 3]);
        var unwrap = await OkAsync(folder, "unwrap", "--secret", Secret(0), "--network", "request.json", "--in", "short.bin", "--out", "out.bin");
        Assert.Contains("WrongLength", unwrap.Output, StringComparison.Ordinal);
        Assert.False(File.Exists(folder.File("out.bin")));
    }

    [Fact]
    public async Task Inspect_shows_what_anybody_sees_and_each_layer_that_a_secret_opens()
    {
        using var folder = new TestFolder();
        folder.Write("request.json", Wrap());
        await OkAsync(folder, "wrap", "--request", "request.json", "--out", "p.bin");
        var blind = await OkAsync(folder, "inspect", "--network", "request.json", "--in", "p.bin");
        Assert.Contains("lane B", blind.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(Address(1), blind.Output, StringComparison.Ordinal);

        // In any order, one of them from a file.
        File.WriteAllText(folder.File("secrets.txt"), Secret(0) + "\n\n");
        var full = await OkAsync(
            folder, "inspect", "--network", "request.json", "--in", "p.bin", "--secrets", "secrets.txt", "--secret", Secret(2), "--secret", Secret(1));
        Assert.Contains(Address(1), full.Output, StringComparison.Ordinal);
        Assert.Contains(Address(2), full.Output, StringComparison.Ordinal);
        Assert.Contains("Message (5 bytes): Hello", full.Output, StringComparison.Ordinal);

        var partly = await OkAsync(folder, "inspect", "--network", "request.json", "--in", "p.bin", "--secret", Secret(0), "--json");
        Assert.Equal(1, partly.Json.GetProperty("layers").GetArrayLength());
        Assert.Equal("AuthenticationFailed", partly.Json.GetProperty("end").Text("reason"));
    }

    [Fact]
    public async Task Inspect_knows_a_surb_by_its_size_and_opens_its_layers()
    {
        using var folder = new TestFolder();
        folder.Write("surb.json", Surb(2));
        await OkAsync(folder, "surb", "make", "--request", "surb.json", "--out", "surb.bin", "--state", "state.json");
        var shown = await OkAsync(folder, "inspect", "--network", "surb.json", "--in", "surb.bin", "--secret", Secret(0), "--secret", Secret(1));
        Assert.Contains("2033-05-18", shown.Output, StringComparison.Ordinal);
        Assert.Contains(Repeat(0x33, 16), shown.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("wrap", "--request", "KEY", "--out", "x")]
    [InlineData("wrap", "--request", "request.json", "--out", "KEY")]
    [InlineData("unwrap", "--secret", "SECRET", "--network", "request.json", "--in", "KEY")]
    [InlineData("unwrap", "--secret", "SECRET", "--network", "KEY", "--in", "p.bin")]
    [InlineData("unwrap", "--secret", "KEY", "--network", "request.json", "--in", "p.bin")]
    [InlineData("unwrap", "--secret", "SECRET", "--network", "request.json", "--in", "p.bin", "--out", "KEY")]
    [InlineData("surb", "make", "--request", "surb.json", "--out", "s.bin", "--state", "KEY")]
    [InlineData("surb", "use", "--surb", "KEY", "--network", "surb.json", "--message", "", "--random_seed", "", "--out", "x")]
    [InlineData("surb", "open", "--state", "KEY", "--in", "p.bin")]
    [InlineData("inspect", "--network", "request.json", "--in", "p.bin", "--secrets", "KEY")]
    [InlineData("batch", "--in", "KEY")]
    public async Task No_option_takes_a_nodes_key_file_nor_overwrites_one(params string[] args)
    {
        using var folder = new TestFolder();
        await CliResult.RunAsync(folder.Path, ["node", "init", "bank"]);
        folder.Write("request.json", Wrap());
        folder.Write("surb.json", Surb());
        await OkAsync(folder, "wrap", "--request", "request.json", "--out", "p.bin");
        foreach (var key in new[] { "bank/identity.key", "bank/tls.key" })
        {
            var before = File.ReadAllBytes(folder.File(key));
            var result = await RunAsync(folder, [.. args.Select(arg => arg == "KEY" ? key : arg == "SECRET" ? Secret(0) : arg)]);
            Assert.Equal(2, result.ExitCode);
            Assert.Empty(result.Output);
            Assert.Contains("key", result.Error, StringComparison.Ordinal);
            Assert.Equal(before, File.ReadAllBytes(folder.File(key)));
        }
    }

    [Fact]
    public void Keys_are_known_in_every_usual_form_and_packets_are_none()
    {
        using var ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var rsa = RSA.Create(2048);
        byte[][] keys =
        [
            ec.ExportECPrivateKey(), ec.ExportPkcs8PrivateKey(), rsa.ExportRSAPrivateKey(), rsa.ExportPkcs8PrivateKey(),
            ec.ExportEncryptedPkcs8PrivateKeyPem("word", new PbeParameters(PbeEncryptionAlgorithm.Aes128Cbc, HashAlgorithmName.SHA256, 1)).Select(c => (byte)c).ToArray(),
            [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20, .. new byte[32]],
        ];
        Assert.All(keys, key => Assert.True(ForeignKey.IsPrivateKey(key)));
        Assert.All<byte[]>(
            [[], [0x30], [1, .. new byte[400]], "{\"network\": 1}"u8.ToArray(), [0x30, 0x80, .. new byte[20]], [0x30, 0x84, 0xff, 0xff, 0xff, 0xff, .. new byte[20]]],
            other => Assert.False(ForeignKey.IsPrivateKey(other)));
    }

    [Theory]
    [InlineData("missing.json", "can't be read")]
    [InlineData("array.json", "a JSON object is expected")]
    [InlineData("text.json", "This isn't JSON")]
    [InlineData("large.json", "more than")]
    public async Task A_request_that_can_not_be_read_says_why(string file, string sentence)
    {
        using var folder = new TestFolder();
        File.WriteAllText(folder.File("array.json"), "[]");
        File.WriteAllText(folder.File("text.json"), "network: test");
        File.WriteAllText(folder.File("large.json"), new string(' ', 2 << 20));
        var result = await RunAsync(folder, "wrap", "--request", file, "--out", "x");
        Assert.Equal(2, result.ExitCode);
        Assert.Contains(sentence, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Hexadecimal_text_in_place_of_bytes_is_pointed_out()
    {
        using var folder = new TestFolder();
        folder.Write("request.json", Wrap());
        File.WriteAllText(folder.File("p.hex"), "0102\n");
        var result = await RunAsync(folder, "unwrap", "--secret", Secret(0), "--network", "request.json", "--in", "p.hex");
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("xxd -r -p", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_example_of_the_help_works()
    {
        using var folder = new TestFolder();
        var help = (await OkAsync(folder, "wrap", "--help")).Output;
        var start = help.IndexOf("\n  {\n", StringComparison.Ordinal);
        var end = help.IndexOf("\n  }\n", StringComparison.Ordinal);
        File.WriteAllText(folder.File("request.json"), help[start..(end + 4)]);
        await OkAsync(folder, "wrap", "--request", "request.json", "--out", "packet.bin");
        await OkAsync(folder, "unwrap", "--secret", Repeat(7, 32), "--network", "request.json", "--in", "packet.bin", "--out", "next.bin");
        var unwrap = await OkAsync(folder, "unwrap", "--secret", Repeat(7, 32), "--network", "request.json", "--in", "next.bin", "--json");
        Assert.Equal("deliver", unwrap.Json.Text("outcome"));
    }

    private static async Task<CliResult> OkAsync(TestFolder folder, params string[] args)
    {
        var result = await RunAsync(folder, args);
        Assert.Equal(("", 0), (result.Error, result.ExitCode));
        return result;
    }
}
