using System.Text.Json;
using System.Text.Json.Nodes;
using MixMq.Crypto;
using MixMq.Sphinx;
using MixMq.Sphinx.Sending;

namespace MixMq.Cli.Packets;

/// <summary>
/// Answers requests that come as one JSON object each. Each stands alone: nothing is remembered from one to the next, so a replay is asked for
/// by naming the tags that were seen. No request ends the batch; what is refused is answered with an error.
/// </summary>
internal sealed class PacketBatch : IDisposable
{
    private const int MaxIdLength = 256;
    private const int MaxSecrets = 4;
    private readonly PacketLab _lab = new();

    /// <summary>Answers a line.</summary>
    /// <param name="line">One JSON object in UTF-8, already limited in length.</param>
    public JsonObject Answer(ReadOnlyMemory<byte> line)
    {
        JsonNode? id = null;
        try
        {
            if (ForeignKey.IsPrivateKey(line.Span))
                throw PacketRefusal.Request("This is a part of a private key; only test secrets belong here.");
            var json = RequestObject.Parse(line);
            id = IdOf(json);
            return WithId(id, Run(json));
        }
        catch (PacketRefusal refusal)
        {
            return WithId(id, Error(refusal.Message, refusal.Reason));
        }
    }

    public static JsonObject Error(string message, string? reason = null)
    {
        var error = new JsonObject { ["error"] = message };
        if (reason is not null)
            error["reason"] = reason;
        return error;
    }

    public void Dispose() => _lab.Dispose();

    private static JsonNode? IdOf(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object || !json.TryGetProperty("id", out var id))
            return null;
        return id.ValueKind switch
        {
            JsonValueKind.String when id.GetString() is { Length: <= MaxIdLength } text => JsonValue.Create(text),
            JsonValueKind.Number when id.GetRawText().Length <= MaxIdLength => JsonNode.Parse(id.GetRawText()),
            _ => throw PacketRefusal.Request($"id: a number or a text of at most {MaxIdLength} characters is expected."),
        };
    }

    private static JsonObject WithId(JsonNode? id, JsonObject answer)
    {
        if (id is not null)
            answer.Insert(0, "id", id);
        return answer;
    }

    private JsonObject Run(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object || !json.TryGetProperty("command", out var command) || command.ValueKind != JsonValueKind.String)
            throw PacketRefusal.Request("command is missing: wrap, unwrap, surb-make, surb-use or surb-open.");
        return command.GetString() switch
        {
            "wrap" => Wrap(json),
            "unwrap" => Unwrap(json),
            "surb-make" => MakeSurb(json),
            "surb-use" => UseSurb(json),
            "surb-open" => OpenReply(json),
            _ => throw PacketRefusal.Request("command: wrap, unwrap, surb-make, surb-use or surb-open is expected."),
        };
    }

    private JsonObject Wrap(JsonElement json)
    {
        var call = RequestObject.Open(json, "", "id", "command", "request");
        return new JsonObject { ["packet"] = HexText.Write(_lab.Wrap(WrapRequest.Read(call.Required("request"), "request"))) };
    }

    private JsonObject Unwrap(JsonElement json)
    {
        var call = RequestObject.Open(json, "", "id", "command", "secret", "network", "packet", "seen");
        var network = NetworkJson.Read(call, "network");
        byte[][] secrets = call.Required("secret").ValueKind == JsonValueKind.Array
            ? [.. call.List("secret", MaxSecrets).Select(item => HexOf(item.Element, item.Path, X25519.KeyBytes))]
            : [call.Hex("secret", X25519.KeyBytes)];
        byte[][] seen = call.Has("seen")
            ? [.. call.List("seen", PacketLab.MaxSeenTags).Select(item => HexOf(item.Element, item.Path, PacketFormat.ReplayTagBytes))]
            : [];
        return _lab.Unwrap(network, call.Hex("packet", 0, PacketFile.MaxBinaryBytes), secrets, seen).ToJson();
    }

    private JsonObject MakeSurb(JsonElement json)
    {
        var call = RequestObject.Open(json, "", "id", "command", "request");
        var request = SurbRequest.Read(call.Required("request"), "request");
        var (surb, state) = _lab.MakeSurb(request);
        using (state)
            return new JsonObject { ["surb"] = HexText.Write(surb), ["state"] = SurbStateJson.Write(request.Network, state) };
    }

    private JsonObject UseSurb(JsonElement json)
    {
        var call = RequestObject.Open(json, "", "id", "command", "surb", "network", "message", "random_seed", "now");
        var network = NetworkJson.Read(call, "network");
        uint? now = call.Has("now") ? (uint)call.Number("now", 0, uint.MaxValue) : null;
        var packet = _lab.UseSurb(
            network,
            call.Hex("surb", 0, PacketFile.MaxBinaryBytes),
            call.Hex("message", 0, PacketFile.MaxBinaryBytes),
            call.Hex("random_seed", 0, WrapRequest.MaxSeedBytes),
            now);
        return new JsonObject { ["packet"] = HexText.Write(packet) };
    }

    private JsonObject OpenReply(JsonElement json)
    {
        var call = RequestObject.Open(json, "", "id", "command", "state", "network", "lane_b");
        using var state = SurbStateJson.Read(call.Required("state"), "state", call.Has("network") ? NetworkJson.Read(call, "network") : null);
        return new JsonObject { ["message"] = HexText.Write(_lab.OpenReply(state, call.Hex("lane_b", 0, PacketFile.MaxBinaryBytes))) };
    }

    private static byte[] HexOf(JsonElement element, string path, int bytes)
    {
        if (element.ValueKind != JsonValueKind.String)
            throw PacketRefusal.Request($"{path}: a text is expected, not {RequestObject.Describe(element)}.");
        return HexText.Read(element.GetString()!, path, bytes, bytes);
    }
}
