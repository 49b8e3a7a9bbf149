using MixMq.Contracts.Control.V1;
using MixMq.Contracts.Wire;

namespace MixMq.Cli.Tests.Commands;

public sealed class PingCommandTests : IAsyncLifetime
{
    private static readonly PingEvent Answered = new() { State = PingState.Answered, Address = "mix1bob", Relays = 4, RoundTripUs = 612_300 };
    private static readonly PingEvent Slower = new() { State = PingState.Answered, Address = "mix1bob", Relays = 3, RoundTripUs = 812_300 };
    private static readonly PingEvent Silence = new() { State = PingState.NoAnswer, Address = "mix1bob", Relays = 4 };
    private static readonly PingEvent NoPath = new() { State = PingState.NoPath, Address = "mix1bob" };
    private FakeNode _node = null!;

    public async Task InitializeAsync() => _node = await FakeNode.StartAsync();

    public async Task DisposeAsync() => await _node.DisposeAsync();

    [Fact]
    public async Task An_answer_is_shown_with_its_round_trip_and_the_relays_on_the_way()
    {
        _node.Pings.Enqueue(Answered);
        var result = await _node.RunAsync("ping", "bob");
        Assert.Equal(0, result.ExitCode);
        Assert.Empty(result.Error);
        Assert.Equal(
            """
            1: answered after 612 ms; 4 relays on the way there
            bob: 1 of 1 answered (100 %), round trip 612 ms at least, 612 ms on average, 612 ms at most.

            """,
            result.Output);
        Assert.True(_node.Pinged.TryDequeue(out var asked));
        Assert.Equal(("bob", 10_000U), (asked.To, asked.TimeoutMs));
    }

    [Theory]
    [InlineData(" CN=Bank B,O=Bank B plc,C=GB ", "CN=Bank B,O=Bank B plc,C=GB")]
    [InlineData("bob", "bob")]
    public async Task Whom_is_asked_the_node_looks_up(string typed, string asked)
    {
        _node.Pings.Enqueue(Answered);
        Assert.Equal(0, (await _node.RunAsync("ping", typed, "--timeout", "5m")).ExitCode);
        Assert.True(_node.Pinged.TryDequeue(out var request));
        Assert.Equal((asked, 300_000U), (request.To, request.TimeoutMs));
    }

    [Fact]
    public async Task Several_are_counted_and_exit_code_4_says_that_some_were_answered()
    {
        foreach (var end in new[] { Answered, Silence, Slower, NoPath })
            _node.Pings.Enqueue(end);
        string[] args = ["ping", "bob", "--count", "4", "--interval", "1ms", "--timeout", "2s"];
        var result = await _node.RunAsync([.. args, "--json"]);
        Assert.Equal(4, result.ExitCode);
        Assert.Empty(result.Error);
        Assert.Equal(
            """{"to":"bob","address":"mix1bob","sent":3,"answered":2,"share":0.5,"round_trip_ms":{"min":612.3,"mean":712.3,"max":812.3},"pings":[{"state":"answered","relays_there":4,"round_trip_ms":612.3},{"state":"no_answer","relays_there":4},{"state":"answered","relays_there":3,"round_trip_ms":812.3},{"state":"no_path"}]}""",
            result.Output.Trim());
        foreach (var end in new[] { Answered, Silence, Slower })
            _node.Pings.Enqueue(end);
        result = await _node.RunAsync(args);
        Assert.Equal(4, result.ExitCode);
        Assert.Contains("no answer within 2 s", result.Output, StringComparison.Ordinal);
        Assert.Contains("not sent, there is no path", result.Output, StringComparison.Ordinal);
        Assert.Contains("bob: 2 of 4 answered (50 %), round trip 612 ms at least, 712 ms on average, 812 ms at most.", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Silence_is_exit_code_1_and_says_what_it_may_mean_and_what_to_do()
    {
        _node.Pings.Enqueue(Silence);
        var result = await _node.RunAsync("ping", "bob", "--count", "2", "--interval", "1ms");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("bob: 0 of 2 answered (0 %).", result.Output, StringComparison.Ordinal);
        foreach (var part in new[] { "isn't running", "don't get through", "doesn't take messages of this node", "can't be told apart" })
            Assert.Contains(part, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_path_is_exit_code_1_and_says_where_to_look()
    {
        _node.Pings.Enqueue(NoPath);
        var result = await _node.RunAsync("ping", "bob", "--json");
        Assert.Equal(1, result.ExitCode);
        Assert.Equal((0, "no_path"), (result.Json.GetProperty("sent").GetInt32(), result.Json.GetProperty("pings")[0].GetProperty("state").GetString()));
        Assert.Contains("sees no path", result.Error, StringComparison.Ordinal);
        Assert.Contains("mixmq topology", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(GrpcStatusCode.NotFound, 2, "because")]
    [InlineData(GrpcStatusCode.FailedPrecondition, 1, "mixmq: because")]
    [InlineData(GrpcStatusCode.ResourceExhausted, 1, "refuses for now: because")]
    [InlineData(GrpcStatusCode.Unavailable, 3, "because")]
    public async Task What_the_node_refuses_is_said_as_it_says_it(GrpcStatusCode code, int exitCode, string said)
    {
        _node.Pings.Enqueue(Answered);
        _node.Failure = new RpcException(code, "because");
        var result = await _node.RunAsync("ping", "bob");
        Assert.Equal(exitCode, result.ExitCode);
        Assert.Contains(said, result.Error, StringComparison.Ordinal);
        Assert.Empty(result.Output);
    }

    [Theory]
    [InlineData("ping")]
    [InlineData("ping", "bob", "--timeout", "500ms")]
    [InlineData("ping", "bob", "--timeout", "6m")]
    [InlineData("ping", "bob", "--count", "0")]
    [InlineData("ping", "bob", "--count", "1001")]
    [InlineData("ping", "mix1qqqqqqqq")]
    public async Task A_wrong_command_line_asks_nobody(params string[] args)
    {
        Assert.Equal(2, (await _node.RunAsync(args)).ExitCode);
        Assert.Empty(_node.Pinged);
    }

    [Fact]
    public async Task The_help_teaches_whom_one_may_ask_and_what_silence_means()
    {
        using var folder = new TestFolder();
        var result = await CliResult.RunAsync(folder.Path, ["ping", "--help"]);
        Assert.Equal(0, result.ExitCode);
        foreach (var part in new[] { "CN=", "--count", "--timeout", "no answer comes", "Exit code 0", "mixmq ping bob" })
            Assert.Contains(part, result.Output, StringComparison.Ordinal);
    }
}
