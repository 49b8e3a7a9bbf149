using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using MixMq.Contracts.Client;
using MixMq.Contracts.Control.V1;
using MixMq.Contracts.Wire;

namespace MixMq.EndToEnd.Tests.Consuming;

/// <summary>
/// Applications of the demo's network, with real nodes: one is gone between the commit of its checkpoint and the answer, once while its node lives on and once with it, and goes on
/// from what the node kept for it.
/// </summary>
[Collection(KeptDemoCollection.Name)]
public sealed class CheckpointTests(KeptDemo demo)
{
    private const string Consumer = "ledger";

    [Fact]
    [Trait("Spec", "MSG-34")]
    public async Task An_application_that_is_gone_before_its_answer_gets_its_state_back_repeats_and_doubles_nothing()
    {
        using var sender = demo.Client("a");
        using var node = demo.Client("b");

        // First the application alone is gone; then, with the next message, the node too.
        await RoundAsync(sender, node, demo.SocketOf("b"), number: 1, killNode: null);
        await RoundAsync(sender, node, demo.SocketOf("b"), number: 2, () => demo.RestartNodeBAsync(node));

        // Node A's application has had each answer once.
        await using var answers = await sender.ReceiveAsync("judge", credit: 10);
        var seen = new List<string>();
        while (seen.Count < 2)
        {
            if ((await answers.ReadAsync().AsTask().WaitAsync(NodeProcess.Patience))!.Message is { } answer)
                seen.Add(answer.Content.ToStringUtf8());
        }

        Assert.Equal(["answer 1", "answer 2"], seen);
        while ((await answers.ReadAsync().AsTask().WaitAsync(NodeProcess.Patience))!.CaughtUp is null)
            Assert.Fail("An answer came twice.");
    }

    private static async Task RoundAsync(NodeControlClient sender, NodeControlClient node, string socket, int number, Func<Task>? killNode)
    {
        await sender.SendAsync(new SendRequest { To = "node-b", Conversation = "orders", Content = ByteString.CopyFromUtf8($"order {number}") });
        var id = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(16));
        var state = ByteString.CopyFrom(Encoding.UTF8.GetBytes($"has done {number}"));
        CheckpointRequest checkpoint;
        await using (var between = new AnswerlessSocket(socket + number, socket))
        {
            using var application = NodeControlClient.ForUnixSocket(between.Path);
            await using var stream = await application.ReceiveAsync(Consumer, credit: 10);
            var order = await NextAsync(stream);
            Assert.Equal($"order {number}", order.Content.ToStringUtf8());
            Assert.Equal(number == 1 ? "" : $"has done {number - 1}", (await application.GetStateAsync(Consumer)).State.ToStringUtf8());
            checkpoint = stream.NewCheckpoint();
            checkpoint.Id = id;
            checkpoint.Consumed.Add(order.Position);
            checkpoint.Sends.Add(new SendRequest { To = "node-a", Conversation = "answers", Content = ByteString.CopyFromUtf8($"answer {number}") });
            checkpoint.State = state;

            between.Swallow();
            var unanswered = application.CheckpointAsync(checkpoint);
            await NodeProcess.UntilAsync(async () => (await node.GetStateAsync(Consumer)).Checkpoint == id);
            Assert.False(unanswered.IsCompleted);
            if (killNode is not null)
                await killNode();
            await between.BreakAsync();
            await Assert.ThrowsAnyAsync<RpcException>(() => unanswered);
        }

        // Started anew, the application finds out where it was, and may repeat what it doesn't know to have done.
        await NodeProcess.UntilAsync(node.IsUpAsync);
        await using var again = await node.ReceiveAsync(Consumer, credit: 10);
        Assert.Equal(id, again.LastCheckpoint);
        Assert.Equal(state, (await node.GetStateAsync(Consumer)).State);
        checkpoint.Session = again.Session;
        var repeat = await node.CheckpointAsync(checkpoint);
        Assert.True(repeat.Repeat);
        Assert.Equal((ulong)number, Assert.Single(repeat.Sent).Sequence);
        Assert.NotNull((await again.ReadAsync().AsTask().WaitAsync(NodeProcess.Patience))!.CaughtUp);
        var track = await node.TrackAsync(new TrackRequest { MessageId = repeat.Sent[0].MessageId });
        Assert.Contains(track.State, new[] { DeliveryState.Pending, DeliveryState.Acknowledged });
        await again.LeaveAsync();
    }

    private static async Task<ReceivedMessage> NextAsync(ConsumerStream stream)
    {
        while (true)
        {
            if ((await stream.ReadAsync().AsTask().WaitAsync(NodeProcess.Patience))!.Message is { } message)
                return message;
        }
    }
}
