using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using MixMq.Sphinx;

namespace MixMq.Cli.Tests.Commands;

public sealed class InitTests
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    [Theory]
    [InlineData("node", "node.json")]
    [InlineData("float", "float.json")]
    public async Task Init_makes_a_configuration_keys_that_the_owner_alone_reads_and_a_certificate_with_the_printed_pin(string word, string configuration)
    {
        using var folder = new TestFolder();
        var result = await CliResult.RunAsync(folder.Path, [word, "init", "bank", "--json"]);
        Assert.Equal(0, result.ExitCode);
        Assert.True(NodeAddress.TryParse(result.Json.GetProperty("address").GetString(), out _, out _));
        Assert.Equal(folder.File("bank/" + configuration), result.Json.GetProperty("config").GetString());
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(folder.File("bank/identity.key")));
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(folder.File("bank/tls.key")));
        using var certificate = X509Certificate2.CreateFromPemFile(folder.File("bank/tls.crt"), folder.File("bank/tls.key"));
        Assert.Equal(MixMq.Cli.Setup.TlsFiles.Pin(certificate), result.Json.GetProperty("pin").GetString());
        Assert.Matches("^sha256:[0-9a-f]{64}$", result.Json.GetProperty("pin").GetString()!);
        using var json = JsonDocument.Parse(File.ReadAllText(folder.File("bank/" + configuration)));
        Assert.Equal(word == "node", json.RootElement.TryGetProperty("control", out _));
    }

    [Fact]
    public async Task The_identity_key_is_what_openssl_writes_and_reads()
    {
        using var folder = new TestFolder();
        await CliResult.RunAsync(folder.Path, ["float", "init", "f"]);
        var lines = File.ReadAllLines(folder.File("f/identity.key"));
        Assert.Equal("-----BEGIN PRIVATE KEY-----", lines[0]);
        Assert.Equal("302e020100300506032b657004220420", Convert.ToHexStringLower(Convert.FromBase64String(lines[1]))[..32]);
        Assert.Equal(48, Convert.FromBase64String(lines[1]).Length);
        Assert.Equal("-----END PRIVATE KEY-----", lines[2]);
    }

    [Fact]
    public async Task Init_never_overwrites_and_leaves_what_was_there()
    {
        using var folder = new TestFolder();
        await CliResult.RunAsync(folder.Path, ["node", "init", "bank"]);
        var key = File.ReadAllText(folder.File("bank/identity.key"));
        var again = await CliResult.RunAsync(folder.Path, ["node", "init", "bank"]);
        Assert.Equal(2, again.ExitCode);
        Assert.Contains("ever overwritten", again.Error, StringComparison.Ordinal);
        Assert.Equal(key, File.ReadAllText(folder.File("bank/identity.key")));
    }

    [Fact]
    public async Task An_institutions_own_certificate_is_taken_and_a_key_that_does_not_fit_is_refused()
    {
        using var folder = new TestFolder();
        await CliResult.RunAsync(folder.Path, ["float", "init", "one"]);
        await CliResult.RunAsync(folder.Path, ["float", "init", "two"]);
        var fits = await CliResult.RunAsync(folder.Path, ["float", "init", "own", "--certificate", "one/tls.crt", "--key", "one/tls.key"]);
        Assert.Equal(0, fits.ExitCode);
        Assert.Equal(File.ReadAllText(folder.File("one/tls.crt")), File.ReadAllText(folder.File("own/tls.crt")));
        var wrong = await CliResult.RunAsync(folder.Path, ["float", "init", "bad", "--certificate", "one/tls.crt", "--key", "two/tls.key"]);
        Assert.Equal(2, wrong.ExitCode);
        Assert.False(Directory.Exists(folder.File("bad")));
    }

    [Fact]
    public async Task A_certificate_without_its_key_is_a_usage_error()
    {
        using var folder = new TestFolder();
        var result = await CliResult.RunAsync(folder.Path, ["float", "init", "f", "--certificate", "x.crt"]);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("go together", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    public async Task Run_starts_the_executable_with_the_configuration_and_takes_its_exit_code(int exitCode)
    {
        using var folder = new TestFolder();
        var executable = new FakeExecutable(folder, $"exit {exitCode}");
        await CliResult.RunAsync(folder.Path, ["node", "init", "n"]);
        var result = await CliResult.RunAsync(folder.Path, ["node", "run", "--config", "n", "--", "--log:level=debug"], variables: executable.Variables);
        Assert.Equal(exitCode, result.ExitCode);
        Assert.Equal(["--config", folder.File("n/node.json"), "--log:level=debug"], executable.Arguments);
    }
}
