using System.Text.Json.Nodes;
using Google.Protobuf;
using MixMq.Contracts.Client;
using MixMq.Contracts.Control.V1;

namespace MixMq.EndToEnd.Tests.Consuming;

/// <summary>A real node whose application doesn't consume: its correspondent is told, and goes on when there is room; who is no contact any more isn't heard.</summary>
[Collection(KeptDemoCollection.Name)]
public sealed class QuotaTests(KeptDemo demo)
{
    private const int Quota = 3;

    [Fact]
    [Trait("Spec", "MSG-60")]
    [Trait("Spec", "MSG-63")]
    public async Task A_sender_over_quota_is_told_and_goes_on_when_there_is_room_and_a_stranger_is_not_heard()
    {
        using var sender = demo.Client("a");
        using var stranger = demo.Client("c");
        using var node = demo.Client("b");
        Configure(Path.Combine(demo.NodeB, "node.json"));
        await demo.RestartNodeBAsync(node);
        await NodeProcess.UntilAsync(node.IsUpAsync);
        Assert.Equal(0ul, (await node.GetStatusAsync()).Messaging.InboxMessages);
        var unheard = await SendAsync(stranger, "from c");
        var sent = new List<ByteString>();
        for (var number = 0; number < Quota + 3; number++)
            sent.Add(await SendAsync(sender, $"message {number}"));

        await NodeProcess.UntilAsync(async () => (await StatesAsync(sender, sent)).Count(answer => answer.State == DeliveryState.Acknowledged) == Quota
            && (await StatesAsync(sender, sent)).Count(answer => answer.Refused) == 3);
        var states = await StatesAsync(sender, sent);
        var refused = sent[Array.FindIndex(states, answer => answer.Refused)];
        using var cli = MixMqProcess.Start("track", Convert.ToHexStringLower(refused.Span), "--config", Path.Combine(demo.FolderOf("a"), "node.json"));
        var (code, told, _) = await cli.EndAsync();
        Assert.True(code != 0 && told.Contains("recipient over quota: refused for now", StringComparison.Ordinal), told);

        await using (var stream = await node.ReceiveAsync("application", credit: 100))
        {
            for (var taken = 0; taken < sent.Count;)
            {
                if ((await stream.ReadAsync().AsTask().WaitAsync(NodeProcess.Patience))!.Message is not { } message)
                    continue;
                var checkpoint = stream.NewCheckpoint();
                checkpoint.Consumed.Add(message.Position);
                await node.CheckpointAsync(checkpoint);
                Assert.Equal($"message {taken++}", message.Content.ToStringUtf8());
            }
        }

        await NodeProcess.UntilAsync(async () => (await StatesAsync(sender, sent)).All(answer => answer.State == DeliveryState.Acknowledged));
        Assert.Equal(DeliveryState.Pending, (await StatesAsync(stranger, [unheard]))[0].State);
        Assert.Contains((await node.GetStatusAsync()).Drops, drop => drop is { Reason: "SenderNotAllowed", Count: > 0 });
    }

    // Room for few messages, and node-c no contact any more.
    private static void Configure(string file)
    {
        var configuration = (JsonObject)JsonNode.Parse(File.ReadAllText(file))!;
        var messaging = configuration["messaging"] as JsonObject ?? [];
        configuration.Remove("messaging");
        messaging["inboxMessagesPerSender"] = Quota;
        configuration["messaging"] = messaging;
        var contacts = (JsonArray)configuration["contacts"]!;
        contacts.Remove(Assert.Single(contacts, contact => (string?)contact!["name"] == "node-c"));
        File.WriteAllText(file, configuration.ToJsonString());
    }

    private static async Task<ByteString> SendAsync(NodeControlClient from, string text) =>
        (await from.SendAsync(new SendRequest { To = "node-b", Conversation = "quota", Content = ByteString.CopyFromUtf8(text) })).MessageId;

    private static async Task<TrackResponse[]> StatesAsync(NodeControlClient node, IReadOnlyList<ByteString> ids) =>
        await Task.WhenAll(ids.Select(id => node.TrackAsync(new TrackRequest { MessageId = id })));
}
