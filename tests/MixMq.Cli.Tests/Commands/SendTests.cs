using MixMq.Contracts.Control.V1;
using MixMq.Contracts.Wire;

namespace MixMq.Cli.Tests.Commands;

public sealed class SendTests : IAsyncLifetime
{
    private FakeNode _node = null!;

    public async Task InitializeAsync() => _node = await FakeNode.StartAsync();

    public async Task DisposeAsync() => await _node.DisposeAsync();

    [Fact]
    public async Task A_text_goes_to_the_node_with_all_that_was_said_about_it()
    {
        var result = await _node.RunAsync("send", "--to", "bob", "--conversation", "c", "--label", "l", "--expires", "2h", "Hello", "--json");
        Assert.Equal(0, result.ExitCode);
        Assert.Equal("accepted", result.Json.GetProperty("state").GetString());
        Assert.Equal(32, result.Json.GetProperty("message_id").GetString()!.Length);
        Assert.Equal(7, result.Json.GetProperty("sequence").GetInt32());
        Assert.True(_node.Sent.TryDequeue(out var sent));
        Assert.Equal(("bob", "c", "l", 7_200_000L, "Hello"), (sent.To, sent.Conversation, sent.Label, sent.ExpiresAfterMs, sent.Content.ToStringUtf8()));
    }

    [Fact]
    public async Task A_file_is_labelled_with_its_name_alone()
    {
        using var folder = new TestFolder();
        File.WriteAllBytes(folder.File("report.bin"), [1, 2, 3]);
        Assert.Equal(0, (await _node.RunAsync("send", "--to", "bob", "--file", folder.File("report.bin"))).ExitCode);
        Assert.True(_node.Sent.TryDequeue(out var sent));
        Assert.Equal("report.bin", sent.Label);
        Assert.Equal([1, 2, 3], sent.Content.ToByteArray());
    }

    [Fact]
    public async Task A_folder_is_not_sent_and_called_one()
    {
        using var folder = new TestFolder();
        foreach (var command in (string[][])[["send", "--to", "bob"], ["reply", new string('a', 32)]])
        {
            var result = await _node.RunAsync([.. command, "--file", folder.Path]);
            Assert.Equal(2, result.ExitCode);
            Assert.Contains("--file names a folder; name a file", result.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Standard_input_is_read_when_there_is_no_text_and_streamed_where_it_is_long()
    {
        using var folder = new TestFolder();
        string[] args = ["send", "--to", "bob", "--socket", _node.SocketPath];
        Assert.Equal(0, (await CliResult.RunAsync(folder.Path, args, "piped"u8.ToArray())).ExitCode);
        Assert.True(_node.Sent.TryDequeue(out var sent));
        Assert.Equal("piped", sent.Content.ToStringUtf8());
        var largest = await CliResult.RunAsync(folder.Path, args, new byte[4 << 20]);
        Assert.True(largest.ExitCode == 0, largest.Error);
        Assert.Null(_node.LastContent);
        var content = new byte[(4 << 20) + 1];
        new Random(1).NextBytes(content);
        var larger = await CliResult.RunAsync(folder.Path, args, content);
        Assert.True(larger.ExitCode == 0, larger.Error);
        Assert.Equal("bob", _node.LastContent!.Value.Open.Message.To);
        Assert.Equal(content, _node.LastContent.Value.Content);
        Assert.Equal(2, (await CliResult.RunAsync(folder.Path, args)).ExitCode);
    }

    [Theory]
    [InlineData(DeliveryState.Acknowledged, 0, "acknowledged")]
    [InlineData(DeliveryState.Expired, 4, "expired")]
    [InlineData(DeliveryState.Pending, 4, "pending")]
    public async Task Waiting_ends_as_the_delivery_does(DeliveryState state, int exitCode, string name)
    {
        _node.Delivery = state;
        var result = await _node.RunAsync("send", "--to", "bob", "x", "--wait", "--timeout", "20ms", "--json");
        Assert.Equal(exitCode, result.ExitCode);
        Assert.Equal(name, result.Json.GetProperty("state").GetString());
    }

    [Theory]
    [InlineData(GrpcStatusCode.NotFound, 2)]
    [InlineData(GrpcStatusCode.InvalidArgument, 2)]
    [InlineData(GrpcStatusCode.Unavailable, 3)]
    [InlineData(GrpcStatusCode.ResourceExhausted, 1)]
    [InlineData(GrpcStatusCode.Unknown, 1)]
    public async Task What_the_node_answers_decides_the_exit_code(GrpcStatusCode code, int exitCode)
    {
        _node.Failure = new RpcException(code, "because");
        var result = await _node.RunAsync("send", "--to", "bob", "x", "--json");
        Assert.Equal(exitCode, result.ExitCode);
        Assert.Empty(result.Output);
        Assert.Contains("because", result.Error, StringComparison.Ordinal);
        Assert.Contains($"\"exit_code\":{exitCode}", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_state_that_forbids_the_call_is_told_as_it_is_and_not_as_a_failure_of_the_node()
    {
        _node.Failure = new RpcException(GrpcStatusCode.FailedPrecondition, "There is a file of the backup's name already.");
        var result = await _node.RunAsync("send", "--to", "bob", "x");
        Assert.Equal(1, result.ExitCode);
        Assert.Equal("mixmq: There is a file of the backup's name already.", result.Error.Trim());
    }

    [Fact]
    public async Task A_mistyped_address_never_reaches_the_node()
    {
        var result = await _node.RunAsync("send", "--to", "mix1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq", "x");
        Assert.Equal(2, result.ExitCode);
        Assert.Empty(_node.Sent);
    }

    [Fact]
    public async Task A_node_that_does_not_run_is_said_with_what_to_do()
    {
        using var folder = new TestFolder();
        var result = await CliResult.RunAsync(folder.Path, ["send", "--to", "bob", "x", "--socket", "none.sock"]);
        Assert.Equal(3, result.ExitCode);
        Assert.Contains("mixmq node run", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_node_is_found_by_configuration_and_by_environment()
    {
        using var folder = new TestFolder();
        File.WriteAllText(folder.File("node.json"), $$"""{ "control": { "socket": "{{_node.SocketPath}}" } }""");
        Assert.Equal(0, (await CliResult.RunAsync(folder.Path, ["send", "--to", "bob", "x"])).ExitCode);
        Assert.Equal(0, (await CliResult.RunAsync("/", ["send", "--to", "bob", "x", "--config", folder.Path])).ExitCode);
        Assert.Equal(0, (await CliResult.RunAsync("/", ["send", "--to", "bob", "x"], variables: new Dictionary<string, string> { ["MIXMQ_CONFIG"] = folder.File("node.json") })).ExitCode);
        Assert.Equal(0, (await CliResult.RunAsync("/", ["send", "--to", "bob", "x"], variables: new Dictionary<string, string> { ["MIXMQ_SOCKET"] = _node.SocketPath })).ExitCode);
        Assert.Equal(2, (await CliResult.RunAsync("/", ["send", "--to", "bob", "x"])).ExitCode);
    }

    [Fact]
    public async Task Track_says_the_state_and_only_an_acknowledged_message_ends_with_zero()
    {
        var id = new string('0', 32);
        Assert.Equal("acknowledged", (await _node.RunAsync("track", id, "--json")).Json.GetProperty("state").GetString());
        (_node.Delivery, _node.Refused) = (DeliveryState.Pending, true);
        var refused = await _node.RunAsync("track", id);
        Assert.Equal(4, refused.ExitCode);
        Assert.Contains("recipient over quota: refused for now", refused.Output, StringComparison.Ordinal);
        Assert.True((await _node.RunAsync("track", id, "--json")).Json.GetProperty("refused").GetBoolean());
        Assert.Contains("the recipient is over quota", (await _node.RunAsync("send", "--to", "bob", "x", "--wait", "--timeout", "20ms")).Error, StringComparison.Ordinal);
        (_node.Delivery, _node.Refused, _node.ExpiresUnixMs) = (DeliveryState.Expired, false, 1_700_000_000_000);
        Assert.Contains("Expired at 2023-11-14", (await _node.RunAsync("track", id)).Output, StringComparison.Ordinal);
        _node.ExpiresUnixMs = 32_503_680_000_000;
        Assert.Contains("It was cancelled, or is larger than its recipient takes", (await _node.RunAsync("track", id)).Output, StringComparison.Ordinal);
        _node.ContentLimit = 1 << 20;
        Assert.Contains("Not delivered: the recipient's node takes at most 1048576 bytes of content. Send it in smaller", (await _node.RunAsync("track", id)).Output, StringComparison.Ordinal);
        Assert.Equal(1 << 20, (await _node.RunAsync("track", id, "--json")).Json.GetProperty("content_limit").GetInt32());
        var sent = await _node.RunAsync("send", "--to", "bob", "x", "--wait", "--json");
        Assert.Equal((4, 1 << 20), (sent.ExitCode, sent.Json.GetProperty("content_limit").GetInt32()));
        Assert.Contains("raise messaging:maxContentMiB", sent.Error, StringComparison.Ordinal);
        _node.Delivery = DeliveryState.Pending;
        Assert.Contains("Being withdrawn", (await _node.RunAsync("track", id)).Output, StringComparison.Ordinal);
        _node.Delivery = DeliveryState.Unknown;
        Assert.Equal(4, (await _node.RunAsync("track", id)).ExitCode);
        Assert.Equal(2, (await _node.RunAsync("track", "xyz")).ExitCode);
    }
}
