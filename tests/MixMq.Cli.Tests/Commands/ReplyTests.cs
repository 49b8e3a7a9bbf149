using Google.Protobuf;
using MixMq.Contracts.Control.V1;

namespace MixMq.Cli.Tests.Commands;

/// <summary>Replies to anonymous messages on the command line.</summary>
public sealed class ReplyTests : IAsyncLifetime
{
    private const string Id = "6318e0e85622ad804f603601e217f81c";
    private FakeNode _node = null!;

    public async Task InitializeAsync() => _node = await FakeNode.StartAsync();

    public async Task DisposeAsync() => await _node.DisposeAsync();

    [Fact]
    public async Task A_reply_goes_to_the_node_with_the_message_that_it_answers()
    {
        var result = await _node.RunAsync("reply", Id, "Nobody knows", "--label", "answer", "--json");
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal("accepted", result.Json.GetProperty("state").GetString());
        var reply = Assert.Single(_node.Replies);
        Assert.Equal((Id, "Nobody knows", "answer"), (Convert.ToHexStringLower(reply.MessageId.Span), reply.Content.ToStringUtf8(), reply.Label));
        using var folder = new TestFolder();
        string[] args = ["reply", Id, "--socket", _node.SocketPath];
        Assert.Equal(0, (await CliResult.RunAsync(folder.Path, args, new byte[1 << 20])).ExitCode);
        Assert.Equal(2, (await CliResult.RunAsync(folder.Path, args, new byte[(1 << 20) + 1])).ExitCode);
        Assert.Equal(2, (await _node.RunAsync("reply", "not an id", "text")).ExitCode);
        Assert.Equal(2, _node.Replies.Count);
    }

    [Fact]
    public async Task A_reply_is_asked_for_with_an_anonymous_message_alone()
    {
        Assert.Equal(0, (await _node.RunAsync("send", "--to", "bob", "--anonymous", "--reply", "2d", "Who pays?")).ExitCode);
        Assert.True(_node.Sent.TryDequeue(out var sent));
        Assert.Equal((true, 172_800_000L), (sent.Anonymous, sent.ReplyWithinMs));
        var refused = await _node.RunAsync("send", "--to", "bob", "--reply", "2d", "Who pays?");
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("--anonymous", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_came_says_that_a_reply_is_wanted_or_what_it_answers()
    {
        var id = ByteString.CopyFrom(Convert.FromHexString(Id));
        _node.Inbox.Add(new ReceivedMessage { Position = 1, MessageId = id, Anonymous = true, ReplyUntilUnixMs = 1_800_000_000_000, Content = ByteString.CopyFromUtf8("Who pays?") });
        _node.Inbox.Add(new ReceivedMessage { Position = 2, MessageId = id, From = "mix1", FromName = "bob", Answers = id, Content = ByteString.CopyFromUtf8("Nobody knows") });
        var shown = await _node.RunAsync("receive", "--peek");
        Assert.True(shown.ExitCode == 0, shown.Error);
        Assert.Contains($"mixmq reply {Id}", shown.Output, StringComparison.Ordinal);
        Assert.Contains($"from bob in reply to {Id}", shown.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ReplyState.Waiting, "waiting", "waited for")]
    [InlineData(ReplyState.Received, "received", "in the inbox")]
    [InlineData(ReplyState.None, "none", "No reply came")]
    public async Task Track_says_what_became_of_the_reply(ReplyState state, string name, string said)
    {
        _node.Delivery = DeliveryState.Acknowledged;
        _node.ReplyTo = state;
        Assert.Contains(said, (await _node.RunAsync("track", Id)).Output, StringComparison.Ordinal);
        Assert.Equal(name, (await _node.RunAsync("track", Id, "--json")).Json.GetProperty("reply").GetString());
    }

    [Fact]
    public async Task Track_says_when_a_reply_waits_for_SURBs()
    {
        _node.Delivery = DeliveryState.Pending;
        _node.Answered = ByteString.CopyFrom(Convert.FromHexString(Id));
        Assert.Contains("SURBs", (await _node.RunAsync("track", Id)).Output, StringComparison.Ordinal);
    }
}
