namespace MixMq.Cli.Tests.Commands;

public sealed class HelpTests
{
    public static TheoryData<string> Leaves => new(
        "node init", "node run", "float init", "float run", "peer add", "peer change", "peer list", "peer show", "peer remove", "peer invite", "peer accept", "contact add", "contact list", "contact remove",
        "network key", "network create", "network update", "network admit", "network revoke", "network sign", "network show",
        "send", "receive", "track", "status", "topology", "demo", "bench messages", "bench file", "bench waiting",
        "packet wrap", "packet unwrap", "packet surb make", "packet surb use", "packet surb open", "packet inspect", "packet batch");

    [Theory]
    [MemberData(nameof(Leaves))]
    public async Task Every_command_teaches_with_examples_and_lists_the_exit_codes(string command)
    {
        var result = await CliResult.RunAsync("/", [.. command.Split(' '), "--help"]);
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("Examples:\n  mixmq " + command, result.Output, StringComparison.Ordinal);
        Assert.Contains("Exit codes:", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_root_names_every_command_and_begins_with_the_demo()
    {
        var result = await CliResult.RunAsync("/", ["--help"]);
        Assert.Contains("mixmq demo", result.Output, StringComparison.Ordinal);
        Assert.Contains("Exit codes:", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sned")]
    [InlineData("send", "text")]
    [InlineData("demo", "--fault", "earthquake")]
    [InlineData("demo", "--messages", "0")]
    [InlineData("demo", "--size", "1")]
    [InlineData("demo", "--size", "99999999")]
    [InlineData("bench", "messages", "--size", "15")]
    [InlineData("bench", "messages", "--seconds", "0")]
    [InlineData("bench", "messages", "--ping-pong", "--in-flight", "9")]
    [InlineData("bench", "waiting", "--turns", "0")]
    [InlineData("bench", "waiting", "--count", "2000001")]
    [InlineData("send", "--to", "b", "x", "--expires", "soon")]
    [InlineData("send", "--to", "b", "x", "--file", "y")]
    public async Task A_wrong_command_line_ends_with_two_and_says_how_to_get_help(params string[] args)
    {
        var result = await CliResult.RunAsync("/", args);
        Assert.Equal(2, result.ExitCode);
        Assert.Empty(result.Output);
        Assert.Contains("--help", result.Error, StringComparison.Ordinal);
    }
}
