using System.Buffers.Binary;
using System.Text.Json.Nodes;
using MixMq.Sphinx;
using MixMq.Sphinx.Sending;

namespace MixMq.Vectors;

/// <summary>SURBs and replies with one fault each: where they are used, at the first hop, and where they are opened.</summary>
internal sealed class SurbFaults
{
    private static readonly NetworkDefinition Network = Material.Small;
    private readonly SurbMaterial _made = SurbMaterial.Make(Network, 3, "faults");

    public IEnumerable<Vector> All() => [.. Uses(), .. FirstHops(), .. Opens()];

    private IEnumerable<Vector> Uses()
    {
        var surb = _made.Surb;
        yield return Use("truncated-by-one", nameof(SurbUse.WrongLength), surb[..^1]);
        yield return Use("extended-by-one", nameof(SurbUse.WrongLength), [.. surb, 0]);
        yield return Use("empty", nameof(SurbUse.WrongLength), []);
        yield return Use("version-0", nameof(SurbUse.WrongVersion), Changed(0, 0));
        yield return Use("version-2", nameof(SurbUse.WrongVersion), Changed(0, 2));
        yield return Use("expired", nameof(SurbUse.Expired), surb, now: ReplyVectors.Expiry);
        yield return Use("expired-long-ago", nameof(SurbUse.Expired), surb, now: uint.MaxValue);
        yield return Use("message-too-long-by-one", nameof(SurbUse.MessageTooLong), surb, bytes: Network.Geometry.ReplyCapacity + 1);
    }

    private IEnumerable<Vector> FirstHops()
    {
        var used = _made.Use([1], Material.Draw("first use", 16));
        var again = Material.Unwrap(Network, Material.Secret(0), _made.Use([2], Material.Draw("second use", 16)));
        Hops.Follow(Network, used, 1, out _);
        var tag = Hops.Follow(Network, _made.Use([1], Material.Draw("first use", 16)), 1, out _)[0]!["expect"]!["replay"]!.GetValue<string>();
        again["seen"] = new JsonArray(tag);
        yield return Make("reused", "SPX-22", again, Material.Dropped(DropReason.Replayed));
        var header = Network.Geometry.HeaderBytes;
        foreach (var (name, offset) in new[] { ("alpha", 1), ("gamma", 33), ("beta", 49), ("beta-last-byte", header - 1), ("secret", header) })
        {
            var packet = _made.Use(Changed(offset, (byte)(_made.Surb[offset] ^ 1)), [1], Material.Draw("use", 16));
            yield return Make($"{name}-flipped", "SPX-8", Material.Unwrap(Network, Material.Secret(0), packet), Material.Dropped(DropReason.AuthenticationFailed));
        }
    }

    private IEnumerable<Vector> Opens()
    {
        var good = _made.LaneB(text => BinaryPrimitives.WriteUInt32LittleEndian(text, 3));
        foreach (var (name, offset) in new[] { ("nonce", 0), ("text", 24), ("tag", good.Length - 1) })
        {
            var changed = (byte[])good.Clone();
            changed[offset] ^= 1;
            yield return Open($"reply-{name}-flipped", nameof(DropReason.AuthenticationFailed), changed);
        }

        yield return Open("reply-truncated-by-one", nameof(DropReason.WrongLength), good[..^1]);
        yield return Open("reply-extended-by-one", nameof(DropReason.WrongLength), [.. good, 0]);
        yield return Open("reply-to-another-surb", nameof(DropReason.AuthenticationFailed), good, SurbMaterial.Make(Network, 3, "another").State);
        yield return Open("reply-alpha-of-another", nameof(DropReason.AuthenticationFailed), good, State("alpha", Material.Hex(Material.Public(5))));
        yield return Open("reply-secret-of-another", nameof(DropReason.AuthenticationFailed), good, State("secret", Material.Hex(Material.Secret(5))));
        yield return Open("reply-length-too-large-by-one", nameof(DropReason.LengthTooLarge), _made.LaneB(text => BinaryPrimitives.WriteUInt32LittleEndian(text, 21)));
        yield return Open("reply-length-greatest", nameof(DropReason.LengthTooLarge), _made.LaneB(text => text[..4].Fill(0xff)));
        yield return Open("reply-padding-first-byte", nameof(DropReason.PaddingNotZero), _made.LaneB(text => (text[0], text[5]) = (1, 1)));
        yield return Open("reply-padding-last-byte", nameof(DropReason.PaddingNotZero), _made.LaneB(text => (text[0], text[^1]) = (1, 1)));
    }

    private static Vector Use(string name, string reason, byte[] surb, uint now = ReplyVectors.Expiry - 1, int bytes = 1) => Make(name, "SPX-27", new JsonObject
    {
        ["command"] = "surb-use",
        ["surb"] = Material.Hex(surb),
        ["network"] = Material.ToJson(Network),
        ["message"] = Material.Hex(Material.Draw("answer", bytes)),
        ["random_seed"] = "00",
        ["now"] = now,
    }, Material.Refused(reason));

    private Vector Open(string name, string reason, byte[] laneB, JsonObject? state = null) => Make(name, "SPX-23", new JsonObject
    {
        ["command"] = "surb-open",
        ["state"] = state ?? _made.State.DeepClone(),
        ["network"] = Material.ToJson(Network),
        ["lane_b"] = Material.Hex(laneB),
    }, Material.Refused(reason));

    private static Vector Make(string name, string rule, JsonObject @case, JsonObject expect) =>
        new($"surb/bad/{name}.json", new JsonObject { ["rule"] = rule, ["case"] = @case, ["expect"] = expect });

    private JsonObject State(string member, string value)
    {
        var state = _made.State.DeepClone().AsObject();
        state[member] = value;
        return state;
    }

    private byte[] Changed(int offset, byte value)
    {
        var surb = (byte[])_made.Surb.Clone();
        surb[offset] = value;
        return surb;
    }
}
