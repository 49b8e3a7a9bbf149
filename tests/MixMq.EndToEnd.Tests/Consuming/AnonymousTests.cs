using System.Text.Json.Nodes;
using Google.Protobuf;
using MixMq.Contracts.Client;
using MixMq.Contracts.Control.V1;
using MixMq.Contracts.Wire;

namespace MixMq.EndToEnd.Tests.Consuming;

/// <summary>Real nodes over real floats: a message without a sender, and its acknowledgement by a SURB.</summary>
[Collection(KeptDemoCollection.Name)]
public sealed class AnonymousTests(KeptDemo demo)
{
    [Fact]
    [Trait("Spec", "MSG-70")]
    [Trait("Spec", "MSG-72")]
    [Trait("Spec", "MSG-73")]
    [Trait("Spec", "MSG-74")]
    [Trait("Spec", "MSG-76")]
    [Trait("Spec", "MSG-80")]
    [Trait("Spec", "MSG-110")]
    [Trait("Spec", "MSG-111")]
    public async Task Messages_without_a_sender_arrive_once_although_the_recipient_is_killed_and_only_where_they_are_allowed()
    {
        using var sender = demo.Client("a");
        using var node = demo.Client("b");
        var file = Path.Combine(demo.NodeB, "node.json");
        var configuration = (JsonObject)JsonNode.Parse(File.ReadAllText(file))!;
        var messaging = configuration["messaging"] as JsonObject ?? [];
        configuration.Remove("messaging");
        messaging["anonymous"] = "allow";
        configuration["messaging"] = messaging;
        File.WriteAllText(file, configuration.ToJsonString());
        await demo.RestartNodeBAsync(node);
        await NodeProcess.UntilAsync(node.IsUpAsync);

        var config = Path.Combine(demo.FolderOf("a"), "node.json");
        using var cli = MixMqProcess.Start("send", "--to", "node-b", "--anonymous", "--label", "note", "--wait", "--config", config, "psst");
        var (code, told, errors) = await cli.EndAsync();
        Assert.True(code == 0 && told.Contains("Delivered", StringComparison.Ordinal), told + errors);
        var contents = Enumerable.Range(0, 8).Select(number => Enumerable.Repeat((byte)number, number == 0 ? 200_000 : 100 * number).ToArray()).ToArray();
        var ids = new List<ByteString>();
        foreach (var content in contents[..6])
            ids.Add((await sender.SendAsync(new SendRequest { To = "node-b", Anonymous = true, Content = ByteString.CopyFrom(content) })).MessageId);

        // The last two by a checkpoint, made twice.
        var both = new CheckpointRequest { Consumer = "writer", Id = ByteString.CopyFrom(new byte[16]), State = ByteString.CopyFromUtf8("two") };
        both.Sends.AddRange(contents[6..].Select(content => new SendRequest { To = "node-b", Anonymous = true, Content = ByteString.CopyFrom(content) }));
        var made = await sender.CheckpointAsync(both);
        Assert.Equal((false, 2), (made.Repeat, made.Sent.Count));
        var again = await sender.CheckpointAsync(both);
        Assert.True(again.Repeat);
        Assert.Equal(made.Sent, again.Sent);
        ids.AddRange(made.Sent.Select(sent => sent.MessageId));

        await demo.RestartNodeBAsync(node);
        await NodeProcess.UntilAsync(node.IsUpAsync);
        var asked = (await sender.SendAsync(new SendRequest { To = "node-b", Anonymous = true, ReplyWithinMs = 3_600_000, Label = "asked" })).MessageId;
        ids.Add(asked);
        await NodeProcess.UntilAsync(async () =>
            (await Task.WhenAll(ids.Select(id => sender.TrackAsync(new TrackRequest { MessageId = id })))).All(answer => answer.State == DeliveryState.Acknowledged));

        await using (var stream = await node.ReceiveAsync("application", credit: 20))
        {
            var received = new List<byte[]>();
            while (true)
            {
                var response = (await stream.ReadAsync().AsTask().WaitAsync(NodeProcess.Patience))!;
                if (response.CaughtUp is not null)
                    break;
                if (response.Message is not { } message)
                    continue;
                Assert.True(message.Anonymous);
                Assert.Equal(("", "", ""), (message.From, message.FromName, message.Conversation));
                if (message.MessageId == asked)
                {
                    await ReplyByCheckpointAsync(node, stream, message);
                    continue;
                }

                received.Add(message.Content.ToByteArray());
                var checkpoint = stream.NewCheckpoint();
                checkpoint.Consumed.Add(message.Position);
                await node.CheckpointAsync(checkpoint);
            }

            Assert.Equal("psst"u8.ToArray(), received[0]);
            Assert.Equal(contents.Select(Convert.ToHexString).Order(), received.Skip(1).Select(Convert.ToHexString).Order());
        }

        await ReplyAsync(sender, node, config, asked);

        // The other way nothing is allowed: dropped, without an answer.
        var unheard = (await node.SendAsync(new SendRequest { To = "node-a", Anonymous = true })).MessageId;
        await NodeProcess.UntilAsync(async () => (await sender.GetStatusAsync()).Drops.Any(drop => drop is { Reason: "AnonymousNotAllowed", Count: > 0 }));
        Assert.Equal(DeliveryState.Pending, (await node.TrackAsync(new TrackRequest { MessageId = unheard })).State);
        await node.CancelAsync(new CancelRequest { MessageId = unheard });
    }

    // Both processes are killed when the reply has come. Before, it would take minutes: a process that begins supplies its questions at times of their own, over 12 minutes and a half, lest all
    // of one asker be seen together. What kills do to a reply that is under way is shown in virtual time, by the tests of MixMq.Endpoint.
    private async Task ReplyAsync(NodeControlClient asker, NodeControlClient node, string config, ByteString asked)
    {
        using var cli = MixMqProcess.Start("send", "--to", "node-b", "--anonymous", "--reply", "1d", "--label", "question", "--wait", "--json", "--config", config, "who pays?");
        var (code, told, errors) = await cli.EndAsync();
        Assert.True(code == 0, told + errors);
        var question = ByteString.CopyFrom(Convert.FromHexString((string)JsonNode.Parse(told)!["message_id"]!));
        Assert.Equal(ReplyState.Waiting, (await asker.TrackAsync(new TrackRequest { MessageId = question })).Reply);

        var found = await PeekAsync(node, message => message.Label == "question");
        Assert.True(found.Anonymous && found.MessageId == question && found.ReplyUntilUnixMs > found.CommittedUnixMs);
        var content = Enumerable.Range(0, 30_000).Select(i => (byte)i).ToArray();
        var accepted = await node.ReplyAsync(new ReplyRequest { MessageId = question, Content = ByteString.CopyFrom(content), Label = "answer" });
        var again = await Assert.ThrowsAsync<RpcException>(() => node.ReplyAsync(new ReplyRequest { MessageId = question }));
        Assert.Equal(GrpcStatusCode.AlreadyExists, again.StatusCode);
        await NodeProcess.UntilAsync(async () => (await asker.TrackAsync(new TrackRequest { MessageId = question })).Reply == ReplyState.Received);
        var answer = await PeekAsync(asker, message => message.Answers == question);
        Assert.Equal(content, answer.Content.ToByteArray());
        Assert.Equal(("answer", "node-b", "", false), (answer.Label, answer.FromName, answer.Conversation, answer.Anonymous));
        Assert.Equal(accepted.MessageId, answer.MessageId);
        await NodeProcess.UntilAsync(async () => (await node.TrackAsync(new TrackRequest { MessageId = accepted.MessageId })).State == DeliveryState.Acknowledged);
        var replied = await node.TrackAsync(new TrackRequest { MessageId = accepted.MessageId });
        Assert.Equal(("", question), (replied.To, replied.Answers));
        Assert.Equal("by checkpoint", (await PeekAsync(asker, message => message.Answers == asked)).Content.ToStringUtf8());
        await NodeProcess.UntilAsync(async () => (await asker.TrackAsync(new TrackRequest { MessageId = asked })).Reply == ReplyState.Received);
        await demo.RestartNodeBAsync(node);
        await NodeProcess.UntilAsync(node.IsUpAsync);
        await demo.RestartAsync("a", asker);
        await NodeProcess.UntilAsync(asker.IsUpAsync);
        Assert.Equal(ReplyState.Received, (await asker.TrackAsync(new TrackRequest { MessageId = question })).Reply);
        Assert.Equal(DeliveryState.Acknowledged, (await node.TrackAsync(new TrackRequest { MessageId = accepted.MessageId })).State);
        var answers = 0;
        await foreach (var message in asker.PeekAsync(new PeekRequest()))
            answers += message.Answers.IsEmpty ? 0 : 1;
        Assert.Equal(2, answers);
    }

    // The application is gone before it hears that its checkpoint was made, and makes it again.
    private async Task ReplyByCheckpointAsync(NodeControlClient node, ConsumerStream stream, ReceivedMessage message)
    {
        var checkpoint = stream.NewCheckpoint();
        checkpoint.Id = ByteString.CopyFrom(Enumerable.Repeat((byte)9, 16).ToArray());
        checkpoint.State = ByteString.CopyFromUtf8("answered");
        checkpoint.Consumed.Add(message.Position);
        checkpoint.Replies.Add(new ReplyRequest { MessageId = ByteString.CopyFrom(new byte[16]) });
        var unknown = await Assert.ThrowsAsync<RpcException>(() => node.CheckpointAsync(checkpoint));
        Assert.Equal(GrpcStatusCode.NotFound, unknown.StatusCode);
        Assert.Contains("make it without this reply", unknown.Message, StringComparison.Ordinal);
        checkpoint.Replies[0] = new ReplyRequest { MessageId = message.MessageId, Content = ByteString.CopyFromUtf8("by checkpoint") };
        await using (var between = new AnswerlessSocket(demo.SocketOf("b") + "r", demo.SocketOf("b")))
        {
            using var application = NodeControlClient.ForUnixSocket(between.Path);
            Assert.NotEqual(checkpoint.Id, (await application.GetStateAsync("application")).Checkpoint);
            between.Swallow();
            var unanswered = application.CheckpointAsync(checkpoint);
            await NodeProcess.UntilAsync(async () => (await node.GetStateAsync("application")).Checkpoint == checkpoint.Id);
            Assert.False(unanswered.IsCompleted);
            await between.BreakAsync();
            await Assert.ThrowsAnyAsync<RpcException>(() => unanswered);
        }

        var repeat = await node.CheckpointAsync(checkpoint);
        Assert.True(repeat.Repeat);
        var track = await node.TrackAsync(new TrackRequest { MessageId = Assert.Single(repeat.Replied).MessageId });
        Assert.Equal(message.MessageId, track.Answers);
        Assert.Equal(repeat.Replied[0].AcceptedUnixMs, track.AcceptedUnixMs);
        var second = await Assert.ThrowsAsync<RpcException>(() => node.ReplyAsync(new ReplyRequest { MessageId = message.MessageId }));
        Assert.Equal(GrpcStatusCode.AlreadyExists, second.StatusCode);
    }

    private static async Task<ReceivedMessage> PeekAsync(NodeControlClient node, Func<ReceivedMessage, bool> which)
    {
        await foreach (var message in node.PeekAsync(new PeekRequest { Follow = true }, NodeProcess.Patience))
            if (which(message))
                return message;
        throw new InvalidOperationException("The stream ended.");
    }
}
