using MixMq.Cli.Commands;
using MixMq.Transport.Configuration.Migration;

namespace MixMq.Cli.Tests.Commands;

public sealed class MigrateTests : IDisposable
{
    private const string Text = "{\n  // ours\n  \"network\": {\"name\":  \"demo\"},\n  \"peers\": [ {\"name\": \"a\", \"handsOver\": true} ],\n}\n";
    private const string Migrated = "{\n  \"version\": 2,\n  // ours\n  \"network\": {\"name\":  \"demo\"},\n  \"peers\": [ {\"name\": \"a\", \"mayHandOver\": true} ],\n}\n";
    private static readonly ConfigurationHistory Renaming = new(new RenamedSetting(2, "peers:*:handsOver", "peers:*:mayHandOver"));
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_new_file_takes_the_old_ones_place_with_its_mode_and_the_old_one_stays_beside_it()
    {
        var executable = new FakeExecutable(_folder, "exit 0");
        File.WriteAllText(_folder.File("float.json"), Text);
        File.SetUnixFileMode(_folder.File("float.json"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);

        var shown = await RunAsync(executable, Renaming, "--dry-run");
        Assert.Equal(0, shown.ExitCode);
        Assert.Contains("change configuration from version 1 to 2\n", shown.Output, StringComparison.Ordinal);
        Assert.Matches(@"- peers:0:handsOver +true", shown.Output);
        Assert.Matches(@"\+ peers:0:mayHandOver +true", shown.Output);
        Assert.Equal(Text, File.ReadAllText(_folder.File("float.json")));
        Assert.Equal(2, (await RunAsync(executable, Renaming)).ExitCode);
        Assert.Equal(Text, File.ReadAllText(_folder.File("float.json")));

        var done = await RunAsync(executable, Renaming, "--yes");
        Assert.True(done.ExitCode == 0, done.Error);
        Assert.Equal(Migrated, File.ReadAllText(_folder.File("float.json")));
        Assert.Equal(Text, File.ReadAllText(_folder.File("float.json.before-2")));
        Assert.Contains("float.json.before-2", done.Output, StringComparison.Ordinal);
        foreach (var file in new[] { "float.json", "float.json.before-2" })
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead, File.GetUnixFileMode(_folder.File(file)));

        var again = await RunAsync(executable, Renaming, "--yes");
        Assert.Equal(0, again.ExitCode);
        Assert.Contains("Nothing changes.", again.Output, StringComparison.Ordinal);
        Assert.Equal(Migrated, File.ReadAllText(_folder.File("float.json")));
        Assert.Single(Directory.GetFiles(_folder.Path, "float.json.before*"));
    }

    [Fact]
    public async Task What_was_kept_before_is_not_overwritten()
    {
        var executable = new FakeExecutable(_folder, "exit 0");
        File.WriteAllText(_folder.File("float.json"), Text);
        File.WriteAllText(_folder.File("float.json.before-2"), "precious");
        var done = await RunAsync(executable, Renaming, "--yes", "--json");
        Assert.Equal(_folder.File("float.json.before-2.2"), done.Json.GetProperty("kept").GetString());
        Assert.Equal((1, 2), (done.Json.GetProperty("from").GetInt32(), done.Json.GetProperty("to").GetInt32()));
        Assert.Equal("precious", File.ReadAllText(_folder.File("float.json.before-2")));
        Assert.Equal(Text, File.ReadAllText(_folder.File("float.json.before-2.2")));
    }

    [Fact]
    public async Task What_the_executable_refuses_or_cannot_be_migrated_stays_and_nothing_is_left_beside_it()
    {
        File.WriteAllText(_folder.File("float.json"), Text);
        var refused = await RunAsync(new FakeExecutable(_folder, "echo 'identity:keyFile: is required'; exit 2"), Renaming, "--yes");
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("identity:keyFile", refused.Error, StringComparison.Ordinal);
        Assert.Equal(Text, File.ReadAllText(_folder.File("float.json")));

        File.WriteAllText(_folder.File("float.json"), "{ \"version\": 7 }");
        var newer = await RunAsync(new FakeExecutable(_folder, "exit 0"), Renaming, "--yes");
        Assert.Equal(2, newer.ExitCode);
        Assert.Contains("install the newer program", newer.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder.Path, "*before*"));
        Assert.Empty(Directory.GetFiles(_folder.Path, ".float.json*"));
    }

    [Fact]
    public async Task A_file_without_a_version_gets_the_present_one_and_a_new_folder_has_it()
    {
        var executable = new FakeExecutable(_folder, "exit 0");
        File.WriteAllText(_folder.File("float.json"), Text);
        var done = await CliResult.RunAsync(_folder.Path, ["config", "migrate", "--yes"], variables: executable.Variables);
        Assert.True(done.ExitCode == 0, done.Error);
        var present = ConfigurationHistory.Own.Present;
        Assert.StartsWith($"{{\n  \"version\": {present},\n  // ours\n", File.ReadAllText(_folder.File("float.json")), StringComparison.Ordinal);

        Assert.Equal(0, (await CliResult.RunAsync(_folder.Path, ["node", "init", "made"])).ExitCode);
        var made = await CliResult.RunAsync(_folder.Path, ["config", "migrate", "--config", "made", "--yes"], variables: executable.Variables);
        Assert.Contains("Nothing changes.", made.Output, StringComparison.Ordinal);
    }

    private async Task<CliResult> RunAsync(FakeExecutable executable, ConfigurationHistory history, params string[] options)
    {
        var environment = new CliEnvironment
        {
            Variable = name => executable.Variables.GetValueOrDefault(name),
            StandardInput = () => null,
            CurrentFolder = _folder.Path,
            Interactive = false,
        };
        var root = new System.CommandLine.RootCommand { CommonOptions.Json, ConfigCommands.Migrate(environment, history) };
        var (output, error) = (new StringWriter(), new StringWriter());
        var exitCode = await root.Parse(["migrate", .. options]).InvokeAsync(new System.CommandLine.InvocationConfiguration { Output = output, Error = error });
        return new CliResult(exitCode, output.ToString(), error.ToString());
    }
}
