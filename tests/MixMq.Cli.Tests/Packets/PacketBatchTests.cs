using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using static MixMq.Cli.Tests.Packets.PacketRun;

namespace MixMq.Cli.Tests.Packets;

public sealed class PacketBatchTests
{
    [Fact]
    public async Task A_packet_that_is_wrapped_is_delivered_at_its_last_hop_by_unwrapping_line_after_line()
    {
        var packet = (await BatchAsync(new JsonObject { ["command"] = "wrap", ["request"] = Wrap() }))[0].Text("packet");
        for (var hop = 0; hop < Hops - 1; hop++)
        {
            var relay = (await BatchAsync(Unwrap(hop, packet)))[0];
            Assert.Equal(["outcome", "next", "delay_ms", "packet", "replay"], relay.EnumerateObject().Select(member => member.Name));
            Assert.Equal(("relay", Address(hop + 1), 100 + hop), (relay.Text("outcome"), relay.Text("next"), relay.GetProperty("delay_ms").GetInt32()));
            Assert.Equal(32, relay.Text("replay").Length);
            packet = relay.Text("packet");
        }

        var end = (await BatchAsync(Unwrap(Hops - 1, packet)))[0];
        Assert.Equal(["outcome", "message", "replay"], end.EnumerateObject().Select(member => member.Name));
        Assert.Equal(("deliver", "48656c6c6f"), (end.Text("outcome"), end.Text("message")));
    }

    [Fact]
    public async Task A_reply_comes_back_through_its_surb()
    {
        var made = (await BatchAsync(new JsonObject { ["command"] = "surb-make", ["request"] = Surb() }))[0];
        var packet = (await BatchAsync(new JsonObject
        {
            ["command"] = "surb-use",
            ["surb"] = made.Text("surb"),
            ["network"] = Network,
            ["message"] = "616e73776572",
            ["random_seed"] = "ff",
        }))[0].Text("packet");
        for (var hop = 0; hop < Hops - 1; hop++)
            packet = (await BatchAsync(Unwrap(hop, packet)))[0].Text("packet");
        var reply = (await BatchAsync(Unwrap(Hops - 1, packet)))[0];
        Assert.Equal(["outcome", "surb_id", "lane_b", "replay"], reply.EnumerateObject().Select(member => member.Name));
        Assert.Equal(("reply", Repeat(0x33, 16)), (reply.Text("outcome"), reply.Text("surb_id")));

        JsonObject Open(string laneB) => new()
        {
            ["command"] = "surb-open",
            ["state"] = JsonNode.Parse(made.GetProperty("state").GetRawText()),
            ["network"] = Network,
            ["lane_b"] = laneB,
        };
        var answers = await BatchAsync(Open(reply.Text("lane_b")), Open(reply.Text("lane_b")), Open(Repeat(0, 96)), Open("00"));
        Assert.Equal("616e73776572", answers[0].Text("message"));
        Assert.Equal("616e73776572", answers[1].Text("message"));
        Assert.Equal("AuthenticationFailed", answers[2].Text("reason"));
        Assert.Equal("WrongLength", answers[3].Text("reason"));
    }

    [Fact]
    public async Task Cover_ends_as_drop()
    {
        var request = Wrap(1);
        request["command"] = "drop";
        request.Remove("message");
        var packet = (await BatchAsync(new JsonObject { ["command"] = "wrap", ["request"] = request }))[0].Text("packet");
        var end = (await BatchAsync(Unwrap(0, packet)))[0];
        Assert.Equal(["outcome", "replay"], end.EnumerateObject().Select(member => member.Name));
        Assert.Equal("drop", end.Text("outcome"));
    }

    [Fact]
    public async Task The_same_request_gives_the_same_bytes_and_each_input_counts()
    {
        JsonObject Line(Action<JsonObject>? change = null)
        {
            var request = Wrap();
            change?.Invoke(request);
            return new JsonObject { ["command"] = "wrap", ["request"] = request };
        }

        var answers = await BatchAsync(
            Line(),
            Line(),
            Line(request => request["x"] = Repeat(0x12, 32)),
            Line(request => request["random_seed"] = ""),
            Line(request => request["message"] = ""),
            Line(request => request["network"]!["name"] = "other"),
            Line(request => request["path"]![0]!["delay_ms"] = 7));
        var packets = answers.Select(answer => answer.Text("packet")).ToArray();
        Assert.Equal(packets[0], packets[1]);
        Assert.Equal(6, packets.Distinct().Count());
    }

    [Fact]
    public async Task Random_bytes_are_those_of_shake256_of_the_seed_in_order()
    {
        // Over one hop the padding is three slots, and lane B follows; lane B of a forward packet is sent as it was drawn.
        var packet = (await BatchAsync(new JsonObject { ["command"] = "wrap", ["request"] = Wrap(1) }))[0].Text("packet");
        var drawn = Convert.ToHexStringLower(System.Security.Cryptography.Shake256.HashData([0], (3 * 56) + 96));
        Assert.Equal(drawn[^192..], packet[^192..]);
    }

    [Fact]
    public async Task A_replay_is_dropped_where_the_line_names_its_tag_and_nowhere_else()
    {
        var packet = (await BatchAsync(new JsonObject { ["command"] = "wrap", ["request"] = Wrap() }))[0].Text("packet");
        var first = await BatchAsync(Unwrap(0, packet), Unwrap(0, packet));
        Assert.Equal(["relay", "relay"], first.Select(answer => answer.Text("outcome")));
        var again = Unwrap(0, packet);
        again["seen"] = new JsonArray(Repeat(1, 16), first[0].Text("replay"));
        var dropped = (await BatchAsync(again))[0];
        Assert.Equal(("dropped", "Replayed"), (dropped.Text("outcome"), dropped.Text("reason")));
    }

    [Fact]
    public async Task A_node_may_have_two_secrets_or_none()
    {
        var packet = (await BatchAsync(new JsonObject { ["command"] = "wrap", ["request"] = Wrap() }))[0].Text("packet");
        var two = Unwrap(0, packet);
        two["secret"] = new JsonArray(Secret(5), Secret(0));
        var none = Unwrap(0, packet);
        none["secret"] = new JsonArray();
        var answers = await BatchAsync(two, none);
        var alone = (await BatchAsync(Unwrap(0, packet)))[0];
        Assert.Equal(alone.GetRawText(), answers[0].GetRawText());
        Assert.Equal("KeyDestroyed", answers[1].Text("reason"));
    }

    [Fact]
    public async Task An_id_comes_back_first_with_errors_too()
    {
        var answers = await BatchAsync("""{"id": 7, "command": "nonsense"}""", """{"command": "unwrap", "id": "a"}""", """{"id": {}, "command": "wrap"}""");
        Assert.All(answers[..2], answer => Assert.Equal(["id", "error"], answer.EnumerateObject().Select(member => member.Name)));
        Assert.Equal(7, answers[0].GetProperty("id").GetInt32());
        Assert.Equal("a", answers[1].Text("id"));
        Assert.Equal(["error"], answers[2].EnumerateObject().Select(member => member.Name));
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("[]")]
    [InlineData("7")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"command": 7}""")]
    [InlineData("""{"command": "\ud800"}""")]
    [InlineData("""{"\ud800": 1}""")]
    [InlineData("""{"command": "wrap", "command": "wrap"}""")]
    [InlineData("""{"command": "wrap"}""")]
    [InlineData("""{"command": "wrap", "request": {"network": {"name": "n", "hops": 0, "body": 64, "reply": 64}}}""")]
    [InlineData("""{"command": "wrap", "request": {"network": {"name": "n", "hops": 1e9, "body": 64, "reply": 64}}}""")]
    [InlineData("""{"command": "wrap", "request": {"network": {"name": "n", "hops": 1, "body": 99999999, "reply": 64}}}""")]
    [InlineData("""{"command": "unwrap", "secret": "00", "network": {"name": "n", "hops": 1, "body": 64, "reply": 64}, "packet": ""}""")]
    [InlineData("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[")]
    public async Task A_bad_line_is_answered_with_an_error_and_the_next_line_is_served(string line)
    {
        var answers = await BatchAsync(line, Line());
        Assert.Equal(2, answers.Length);
        Assert.True(answers[0].TryGetProperty("error", out _));
        Assert.True(answers[1].TryGetProperty("packet", out _));
    }

    [Fact]
    public async Task Bytes_that_are_no_text_and_lines_that_are_too_long_are_answered_like_any_bad_line()
    {
        byte[] input =
        [
            .. "{\"command\": \""u8, 0xff, 0xfe, .. "\"}\n"u8, .. Encoding.ASCII.GetBytes(new string('{', 3 << 20)), .. "\n \r\n\n"u8,
            .. Encoding.UTF8.GetBytes(Line()), .. "\r\n"u8, .. Encoding.ASCII.GetBytes(new string(' ', 2 << 20)),
        ];
        var answers = await BatchAsync(input);
        Assert.Equal(4, answers.Length);
        Assert.Equal([true, true, false, true], answers.Select(answer => answer.TryGetProperty("error", out _)));
    }

    [Theory]
    [InlineData("network.name", "\"\"", null)]
    [InlineData("network.hops", "33", null)]
    [InlineData("network.reply", "129", null)]
    [InlineData("network.extra", "1", null)]
    [InlineData("path", "[]", "PathTooShort")]
    [InlineData("path[1].delay_ms", "60001", "DelayAboveCap")]
    [InlineData("path[1].delay_ms", "-1", null)]
    [InlineData("path[1].mix_public", "\"0100000000000000000000000000000000000000000000000000000000000000\"", "UnusableMixKey")]
    [InlineData("path[1].mix_public", "\"0200000000000000000000000000000000000000000000000000000000000000\"", "UnusableMixKey")]
    [InlineData("path[1].address", "\"mix1abc\"", null)]
    [InlineData("x", "\"zz\"", null)]
    [InlineData("random_seed", "\"0\"", null)]
    [InlineData("message", "7", null)]
    public async Task What_is_wrong_in_a_request_is_told_with_its_place(string place, string value, string? reason)
    {
        var request = Wrap();
        Set(request, place, JsonNode.Parse(value));
        var answer = (await BatchAsync(new JsonObject { ["command"] = "wrap", ["request"] = request }))[0];
        Assert.StartsWith("request." + place, answer.Text("error"), StringComparison.Ordinal);
        Assert.Equal(reason, answer.TryGetProperty("reason", out var told) ? told.GetString() : null);
    }

    [Fact]
    public async Task Sizes_are_held_against_the_network()
    {
        var full = Wrap(message: Repeat(1, 124));
        var tooLong = Wrap(message: Repeat(1, 125));
        var tooFar = Wrap(hops: 5);
        var answers = await BatchAsync([.. new[] { full, tooLong, tooFar }.Select(request => new JsonObject { ["command"] = "wrap", ["request"] = request })]);
        Assert.True(answers[0].TryGetProperty("packet", out _));
        Assert.Equal("MessageTooLong", answers[1].Text("reason"));
        Assert.Equal("PathTooLong", answers[2].Text("reason"));
    }

    private static string Line() => new JsonObject { ["command"] = "wrap", ["request"] = Wrap() }.ToJsonString();

    private static void Set(JsonObject root, string place, JsonNode? value)
    {
        JsonNode node = root;
        var parts = place.Replace("]", "", StringComparison.Ordinal).Split('.', '[');
        foreach (var part in parts[..^1])
            node = int.TryParse(part, out var index) ? node[index]! : node[part]!;
        node[parts[^1]] = value;
    }
}
