using System.Text.Json.Nodes;
using MixMq.Contracts.Control.V1;

namespace MixMq.EndToEnd.Tests.Consuming;

/// <summary>Real nodes over real floats: a message without a sender, and its acknowledgement by a SURB.</summary>
[Collection(KeptDemoCollection.Name)]
public sealed class AnonymousTests(KeptDemo demo)
{
    [Fact]
    [Trait("Spec", "MSG-70")]
    [Trait("Spec", "MSG-72")]
    [Trait("Spec", "MSG-76")]
    public async Task A_recipient_that_allows_it_gets_messages_without_a_sender_and_acknowledges_them_and_one_that_does_not_hears_nothing()
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
        var large = new byte[60_000];
        Random.Shared.NextBytes(large);
        var id = (await sender.SendAsync(new SendRequest { To = "node-b", Anonymous = true, Content = Google.Protobuf.ByteString.CopyFrom(large) })).MessageId;
        await NodeProcess.UntilAsync(async () => (await sender.TrackAsync(new TrackRequest { MessageId = id })).State == DeliveryState.Acknowledged);

        await using (var stream = await node.ReceiveAsync("application", credit: 10))
        {
            for (var taken = 0; taken < 2;)
            {
                if ((await stream.ReadAsync().AsTask().WaitAsync(NodeProcess.Patience))!.Message is not { } message)
                    continue;
                Assert.True(message.Anonymous);
                Assert.Equal(("", "", ""), (message.From, message.FromName, message.Conversation));
                Assert.Equal(taken == 0 ? "psst"u8.ToArray() : large, message.Content.ToByteArray());
                var checkpoint = stream.NewCheckpoint();
                checkpoint.Consumed.Add(message.Position);
                await node.CheckpointAsync(checkpoint);
                taken++;
            }
        }

        // The other way nothing is allowed: dropped, without an answer.
        var unheard = (await node.SendAsync(new SendRequest { To = "node-a", Anonymous = true })).MessageId;
        await NodeProcess.UntilAsync(async () => (await sender.GetStatusAsync()).Drops.Any(drop => drop is { Reason: "AnonymousNotAllowed", Count: > 0 }));
        Assert.Equal(DeliveryState.Pending, (await node.TrackAsync(new TrackRequest { MessageId = unheard })).State);
        await node.CancelAsync(new CancelRequest { MessageId = unheard });
    }
}
