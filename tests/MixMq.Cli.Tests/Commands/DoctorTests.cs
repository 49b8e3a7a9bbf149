namespace MixMq.Cli.Tests.Commands;

/// <summary>What is asked of the executables, and what is shown of their answers.</summary>
public sealed class DoctorTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("node.json", "{ \"contacts\": [] }", "MIXMQ_NODE_PATH")]
    [InlineData("float.json", "{ \"listen\": [] }", "MIXMQ_FLOAT_PATH")]
    [InlineData("float.json", "not JSON", "MIXMQ_FLOAT_PATH")]
    public async Task The_survey_is_made_by_the_executable_that_the_configuration_is_for(string name, string content, string variable)
    {
        var executable = new FakeExecutable(_folder, "exit 1");
        var file = _folder.File(name);
        File.WriteAllText(file, content);
        var result = await CliResult.RunAsync(
            _folder.Path, ["doctor", "--json", "--peer", "bank-b", "--bundle", "b.tar.gz", "--", "--dataDirectory=/x"], variables: new Dictionary<string, string> { [variable] = executable.Path });
        Assert.Equal(1, result.ExitCode);
        Assert.Equal(
            ["--config", file, "--doctor", "--json", "--peer", "bank-b", "--bundle", _folder.File("b.tar.gz"), "--dataDirectory=/x"], executable.Arguments);
    }

    [Fact]
    public async Task A_check_of_a_configuration_lists_its_errors()
    {
        File.WriteAllText(_folder.File("float.json"), "{}");
        var good = new FakeExecutable(_folder, "echo 'The configuration is valid.'");
        var result = await CliResult.RunAsync(_folder.Path, ["config", "check", "float.json"], variables: good.Variables);
        Assert.Equal((0, "The configuration is valid.\n"), (result.ExitCode, result.Output));
        Assert.Equal(["--config", _folder.File("float.json"), "--check-config"], good.Arguments);

        var bad = new FakeExecutable(_folder, "echo 'The configuration has 2 error(s):' >&2; echo '  a: wrong' >&2; echo '  b: unknown key' >&2; exit 2");
        result = await CliResult.RunAsync(_folder.Path, ["config", "check", "--json"], variables: bad.Variables);
        Assert.Equal(2, result.ExitCode);
        Assert.False(result.Json.GetProperty("valid").GetBoolean());
        Assert.Equal(["a: wrong", "b: unknown key"], result.Json.GetProperty("errors").EnumerateArray().Select(error => error.GetString()));
    }

    [Fact]
    public async Task A_nodes_figures_are_shown_as_they_come()
    {
        await using var node = await FakeNode.StartAsync();
        var result = await CliResult.RunAsync(_folder.Path, ["metrics", "--socket", node.SocketPath]);
        Assert.Equal((0, "mixmq_links{state=\"up\"} 1\n"), (result.ExitCode, result.Output));
        result = await CliResult.RunAsync(_folder.Path, ["metrics", "--socket", node.SocketPath, "--json"]);
        Assert.Equal("mixmq_links{state=\"up\"} 1\n", result.Json.GetProperty("text").GetString());
    }
}
