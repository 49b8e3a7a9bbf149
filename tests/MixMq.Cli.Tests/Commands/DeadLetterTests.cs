using Google.Protobuf;
using MixMq.Contracts.Control.V1;

namespace MixMq.Cli.Tests.Commands;

public sealed class DeadLetterTests : IAsyncLifetime, IDisposable
{
    private readonly TestFolder _folder = new();
    private FakeNode _node = null!;

    public async Task InitializeAsync()
    {
        _node = await FakeNode.StartAsync();
        _node.DeadLetters.AddRange([Letter(3, "no such account", "Hello"u8), Letter(4, "\u001b[2Jgarbled", "World"u8)]);
    }

    public async Task DisposeAsync() => await _node.DisposeAsync();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_list_says_which_why_and_who_without_contents()
    {
        var listed = await _node.RunAsync("deadletter", "list");
        Assert.Equal(0, listed.ExitCode);
        Assert.Contains("3: ", listed.Output, StringComparison.Ordinal);
        Assert.Contains("given 10 times in vain, last to payments: no such account", listed.Output, StringComparison.Ordinal);
        Assert.Contains("(5 bytes)", listed.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Hello", listed.Output, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', listed.Output);
        var rows = (await _node.RunAsync("deadletter", "list", "--after", "3", "--json")).JsonLines;
        var row = Assert.Single(rows);
        Assert.Equal((4, 5), (row.GetProperty("number").GetInt32(), row.GetProperty("size").GetInt32()));
        Assert.False(row.TryGetProperty("content_base64", out _));
    }

    [Fact]
    public async Task One_is_shown_with_its_content_and_one_that_is_not_there_is_an_error()
    {
        Assert.Contains("Hello", (await _node.RunAsync("deadletter", "show", "3")).Output, StringComparison.Ordinal);
        Assert.Equal(2, (await _node.RunAsync("deadletter", "show", "5")).ExitCode);
    }

    [Theory]
    [InlineData("deadletter", "show", "abc")]
    [InlineData("deadletter", "replay", "3", "abc")]
    [InlineData("deadletter", "export", "--into", "letters", "abc")]
    [InlineData("deadletter", "list", "--after", "abc")]
    public async Task What_is_no_number_is_refused_in_the_user_s_words(params string[] arguments)
    {
        var result = await _node.RunAsync(arguments);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains("abc: write a dead letter's number, as mixmq deadletter list shows it.", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", result.Error, StringComparison.Ordinal);
        Assert.Equal(2, _node.DeadLetters.Count);
    }

    [Fact]
    public async Task What_is_replayed_is_counted_and_what_was_not_there_is_a_failure()
    {
        Assert.Contains("1 of 1", (await _node.RunAsync("deadletter", "replay", "3")).Output, StringComparison.Ordinal);
        Assert.Equal(1, (await _node.RunAsync("deadletter", "replay", "3")).ExitCode);
        Assert.Contains("1 of 1", (await _node.RunAsync("deadletter", "replay", "--all")).Output, StringComparison.Ordinal);
        Assert.Empty(_node.DeadLetters);
        Assert.Equal(2, (await _node.RunAsync("deadletter", "replay")).ExitCode);
        Assert.Equal(2, (await _node.RunAsync("deadletter", "replay", "--all", "3")).ExitCode);
    }

    [Fact]
    public async Task An_export_writes_the_contents_and_leaves_the_letters()
    {
        var exported = await _node.RunAsync("deadletter", "export", "--into", _folder.File("letters"), "--json");
        Assert.Equal(0, exported.ExitCode);
        Assert.Equal(["Hello", "World"], exported.JsonLines.Select(line => File.ReadAllText(line.GetProperty("file").GetString()!)));
        Assert.Equal(2, _node.DeadLetters.Count);
    }

    [Theory]
    [InlineData(CancelResult.Cancelled, 0, "cancelled")]
    [InlineData(CancelResult.Settled, 1, "settled")]
    [InlineData(CancelResult.Unknown, 1, "unknown")]
    public async Task Cancelling_says_whether_it_was_in_time(CancelResult result, int exitCode, string name)
    {
        _node.Cancelling = result;
        var cancelled = await _node.RunAsync("cancel", "0123456789abcdef0123456789abcdef", "--json");
        Assert.Equal(exitCode, cancelled.ExitCode);
        Assert.Equal(name, Assert.Single(cancelled.JsonLines).GetProperty("result").GetString());
        Assert.Equal(2, (await _node.RunAsync("cancel", "0123")).ExitCode);
    }

    [Fact]
    public async Task A_consumers_name_is_given_and_looking_has_none()
    {
        await _node.RunAsync("receive", "--consumer", "payments-2");
        await _node.RunAsync("receive");
        Assert.Equal(["payments-2", "mixmq-receive"], _node.Consumers);
        Assert.Equal(2, (await _node.RunAsync("receive", "--peek", "--consumer", "a")).ExitCode);
    }

    private static DeadLetter Letter(long number, string cause, ReadOnlySpan<byte> content) => new()
    {
        Number = number,
        Cause = cause,
        Consumer = "payments",
        Deliveries = 10,
        Size = (uint)content.Length,
        DiedUnixMs = 1_700_000_000_000,
        Message = new ReceivedMessage
        {
            Position = (ulong)number, MessageId = ByteString.CopyFrom(new byte[16]), From = "mix1", Content = ByteString.CopyFrom(content), CommittedUnixMs = 1_700_000_000_000,
        },
    };
}
