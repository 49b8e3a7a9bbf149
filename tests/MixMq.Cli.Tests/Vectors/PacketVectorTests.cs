using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using MixMq.Cli.Tests.Packets;
using MixMq.Crypto;

namespace MixMq.Cli.Tests.Vectors;

/// <summary>Vectors of packets, SURBs and requests, through <c>mixmq packet batch</c>: a vector's case is one of its lines.</summary>
public sealed class PacketVectorTests
{
    [Fact]
    [Trait("Spec", "SPX-28")]
    public async Task Every_case_has_the_outcome_that_its_vector_says()
    {
        var vectors = VectorFolder.Files("packet", "surb", "request").Select(file => (File: file, Json: VectorFolder.Parse(file)))
            .SelectMany(vector => Cases(vector.Json).Select(item => (vector.File, item.Case, item.Expect))).ToArray();
        var answers = await PacketRun.BatchAsync([.. vectors.Select(vector => vector.Case)]);
        Assert.Equal(vectors.Length, answers.Length);
        Assert.Empty(vectors.Zip(answers)
            .Where(pair => !IsAsExpected(JsonNode.Parse(pair.Second.GetRawText())!.AsObject(), pair.First.Expect))
            .Select(pair => $"{pair.First.File}: {pair.Second.GetRawText()[..Math.Min(200, pair.Second.GetRawText().Length)]}"));
    }

    [Fact]
    public async Task A_good_packet_is_at_every_hop_what_its_vector_says()
    {
        var checkedHops = 0;
        foreach (var file in VectorFolder.Files("packet/good", "surb/good"))
        {
            var vector = VectorFolder.Parse(file);
            if (vector["hops"] is not JsonArray hops)
                continue;
            var network = (vector["use"]?["case"]?["network"] ?? vector["case"]!["request"]!["network"])!;
            var packet = (vector["use"]?["expect"] ?? vector["expect"])!["packet"]!.GetValue<string>();
            foreach (var hop in hops)
            {
                Assert.Equal(hop!["packet_sha256"]!.GetValue<string>(), Convert.ToHexStringLower(SHA256.HashData(Convert.FromHexString(packet))));
                var answer = (await PacketRun.BatchAsync(new JsonObject
                {
                    ["command"] = "unwrap", ["secret"] = hop["secret"]!.DeepClone(), ["network"] = network.DeepClone(), ["packet"] = packet,
                }))[0];
                packet = answer.TryGetProperty("packet", out var next) ? next.GetString()! : "";
                var told = JsonNode.Parse(answer.GetRawText())!.AsObject();
                told.Remove("packet");
                Assert.True(JsonNode.DeepEquals(hop["expect"], told), $"{file}: {told}");
                checkedHops++;
            }

            Assert.Empty(packet);
        }

        Assert.InRange(checkedHops, 100, 1000);
    }

    // Made by a model that shares no code with this one; its "about" says how inputs are derived.
    [Theory]
    [InlineData("open")]
    [InlineData("ten")]
    [InlineData("one")]
    [InlineData("full")]
    [InlineData("small")]
    public async Task A_request_gives_the_packet_of_the_independent_model(string name)
    {
        var vector = VectorFolder.Parse("packet-v1.json")["forward"]!.AsArray().Single(entry => entry!["name"]!.GetValue<string>() == name)!;
        var small = vector["network"] is not null;
        var path = Enumerable.Range(0, vector["hops"]!.GetValue<int>()).Select(i =>
        {
            var key = new byte[32];
            X25519.DerivePublic(SHA256.HashData([.. "mixmq-kat-node"u8, (byte)i]), key);
            return new JsonObject
            {
                ["address"] = Convert.ToHexStringLower(SHA256.HashData([.. "mixmq-kat-address"u8, (byte)i])),
                ["mix_public"] = Convert.ToHexStringLower(key),
                ["delay_ms"] = 100 + i,
            };
        });
        var answer = (await PacketRun.BatchAsync(new JsonObject
        {
            ["command"] = "wrap",
            ["request"] = new JsonObject
            {
                ["network"] = small
                    ? new JsonObject { ["name"] = "small", ["hops"] = 5, ["body"] = 1024, ["reply"] = 256 }
                    : new JsonObject { ["name"] = "kat", ["hops"] = 10, ["body"] = 2048, ["reply"] = 512 },
                ["path"] = new JsonArray([.. path]),
                ["x"] = Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes("mixmq-kat-x" + name))),
                ["random_seed"] = Convert.ToHexStringLower(Encoding.ASCII.GetBytes("mixmq-kat-random" + name)),
                ["message"] = vector["message"]!.DeepClone(),
            },
        }))[0];
        Assert.Equal(vector["packet_sha256"]!.GetValue<string>(), Convert.ToHexStringLower(SHA256.HashData(Convert.FromHexString(answer.Text("packet")))));
    }

    [Fact]
    public void Every_drop_reason_that_a_packet_can_have_has_a_vector()
    {
        var named = VectorFolder.Files("packet/bad").Select(file => VectorFolder.Parse(file)["expect"]!["reason"]!.GetValue<string>()).ToHashSet();
        // A full filter is a matter of how many packets came before.
        var missing = Enum.GetNames<Sphinx.DropReason>().Except(named).Order(StringComparer.Ordinal);
        Assert.Equal([nameof(Sphinx.DropReason.None), nameof(Sphinx.DropReason.ReplayFilterFull)], missing);
    }

    private static IEnumerable<(JsonObject Case, JsonObject Expect)> Cases(JsonObject vector)
    {
        JsonNode?[] parts = vector["make"] is { } make ? [make, vector["use"], vector["open"]] : [vector];
        return parts.Select(part => (part!["case"]!.AsObject(), part["expect"]!.AsObject()));
    }

    private static bool IsAsExpected(JsonObject answer, JsonObject expect)
    {
        if (!expect.ContainsKey("error"))
            return JsonNode.DeepEquals(answer, expect);
        return answer["error"]?.GetValueKind() == JsonValueKind.String && answer["reason"]?.GetValue<string>() == expect["reason"]!.GetValue<string>();
    }
}
