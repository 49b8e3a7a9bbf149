using System.Text.Json.Nodes;
using Google.Protobuf;
using MixMq.Contracts.Control.V1;

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
        foreach (var content in contents)
            ids.Add((await sender.SendAsync(new SendRequest { To = "node-b", Anonymous = true, Content = ByteString.CopyFrom(content) })).MessageId);

        await demo.RestartNodeBAsync(node);
        await NodeProcess.UntilAsync(node.IsUpAsync);
        await NodeProcess.UntilAsync(async () =>
            (await Task.WhenAll(ids.Select(id => sender.TrackAsync(new TrackRequest { MessageId = id })))).All(answer => answer.State == DeliveryState.Acknowledged));

        await using (var stream = await node.ReceiveAsync("application", credit: 10))
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
                received.Add(message.Content.ToByteArray());
                var checkpoint = stream.NewCheckpoint();
                checkpoint.Consumed.Add(message.Position);
                await node.CheckpointAsync(checkpoint);
            }

            Assert.Equal("psst"u8.ToArray(), received[0]);
            Assert.Equal(contents.Select(Convert.ToHexString).Order(), received.Skip(1).Select(Convert.ToHexString).Order());
        }

        // The other way nothing is allowed: dropped, without an answer.
        var unheard = (await node.SendAsync(new SendRequest { To = "node-a", Anonymous = true })).MessageId;
        await NodeProcess.UntilAsync(async () => (await sender.GetStatusAsync()).Drops.Any(drop => drop is { Reason: "AnonymousNotAllowed", Count: > 0 }));
        Assert.Equal(DeliveryState.Pending, (await node.TrackAsync(new TrackRequest { MessageId = unheard })).State);
        await node.CancelAsync(new CancelRequest { MessageId = unheard });
    }
}
