using System.Security.Cryptography;
using System.Text;

namespace MixMq.Cli.Tests.Commands;

/// <summary>Trails are made by hand here, from the format that packaging/README.md describes.</summary>
public sealed class AuditTests : IDisposable
{
    private readonly TestFolder _folder = new();
    private byte[] _previous = new byte[32];
    private int _number;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_trail_over_two_files_in_any_order_holds()
    {
        Write("audit.log.000000000001", "began previous=" + new string('0', 64), "started");
        Write("audit.log", "began previous=" + Convert.ToHexStringLower(_previous), "up peer=bank-b");
        var result = await CliResult.RunAsync(_folder.Path, ["audit", "verify", "audit.log", "audit.log.000000000001"]);
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("The chain holds: 4 good lines in 2 file(s), numbers 1 to 4.", result.Output, StringComparison.Ordinal);
        Assert.Contains($"Last hash: {Convert.ToHexStringLower(_previous)}", result.Output, StringComparison.Ordinal);
        var through = await CliResult.RunAsync(_folder.Path, ["audit", "verify", "audit.log", "--through", Convert.ToHexStringLower(_previous)]);
        Assert.Equal(0, through.ExitCode);
        Assert.Contains("Older files are not among these.", through.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_changed_line_is_named_for_people_and_in_json()
    {
        Write("audit.log", "began previous=" + new string('0', 64), "down peer=bank-b reason=goodbye", "up peer=bank-b");
        var file = Path.Combine(_folder.Path, "audit.log");
        await File.WriteAllTextAsync(file, (await File.ReadAllTextAsync(file)).Replace("goodbye", "stopped", StringComparison.Ordinal));
        var result = await CliResult.RunAsync(_folder.Path, ["audit", "verify", "audit.log"]);
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("audit.log line 2: ", result.Output, StringComparison.Ordinal);
        Assert.Contains("The chain does not hold", result.Output, StringComparison.Ordinal);
        var json = await CliResult.RunAsync(_folder.Path, ["audit", "verify", "audit.log", "--json"]);
        Assert.Equal(1, json.ExitCode);
        Assert.False(json.Json.GetProperty("holds").GetBoolean());
        Assert.Equal(2, json.Json.GetProperty("faults")[0].GetProperty("line").GetInt64());
        Assert.Equal(1, json.Json.GetProperty("last_number").GetInt64());
    }

    [Fact]
    public async Task A_trail_that_was_cut_off_holds_and_the_answer_says_how_to_see_it()
    {
        Write("audit.log", "began previous=" + new string('0', 64), "down peer=bank-b reason=goodbye", "up peer=bank-b");
        var noted = Convert.ToHexStringLower(_previous);
        var file = Path.Combine(_folder.Path, "audit.log");
        await File.WriteAllLinesAsync(file, (await File.ReadAllLinesAsync(file))[..2]);
        var holds = await CliResult.RunAsync(_folder.Path, ["audit", "verify", "audit.log"]);
        Assert.Equal(0, holds.ExitCode);
        Assert.Contains("--through HASH", holds.Output, StringComparison.Ordinal);
        var held = await CliResult.RunAsync(_folder.Path, ["audit", "verify", "audit.log", "--through", noted]);
        Assert.Equal(1, held.ExitCode);
        Assert.DoesNotContain("--through HASH", held.Output, StringComparison.Ordinal);
        Assert.False((await CliResult.RunAsync(_folder.Path, ["audit", "verify", "audit.log", "--json"])).Json.GetProperty("through").GetBoolean());
    }

    [Fact]
    public async Task A_file_that_is_not_there_and_a_hash_that_is_none_are_said()
    {
        var missing = await CliResult.RunAsync(_folder.Path, ["audit", "verify", "no.log"]);
        Assert.Equal((2, true), (missing.ExitCode, missing.Error.Contains("There is no file no.log", StringComparison.Ordinal)));
        var hash = await CliResult.RunAsync(_folder.Path, ["audit", "verify", "no.log", "--through", "12"]);
        Assert.Equal((2, true), (hash.ExitCode, hash.Error.Contains("64 hexadecimal digits", StringComparison.Ordinal)));
    }

    private void Write(string file, params string[] events)
    {
        var text = new StringBuilder();
        foreach (var line in events)
        {
            var content = $"{++_number} 2030-01-01T00:00:00.000Z {line}";
            _previous = SHA256.HashData([.. "MixMq-audit-v1"u8, .. _previous, .. Encoding.ASCII.GetBytes(content)]);
            text.Append(Convert.ToHexStringLower(_previous)).Append(' ').Append(content).Append('\n');
        }

        File.WriteAllText(Path.Combine(_folder.Path, file), text.ToString());
    }
}
