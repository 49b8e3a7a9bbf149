using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using MixMq.Cli.Tests.Packets;

namespace MixMq.Cli.Tests.Vectors;

/// <summary>Vectors of packets, SURBs and requests, through <c>mixmq packet batch</c>: a vector's case is one of its lines.</summary>
public sealed class PacketVectorTests
{
    [Fact]
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
