using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace MixMq.Vectors;

/// <summary>Invites, byte by byte from 04, section 14: what is taken, and one fault each that is refused. As bytes, and as texts where the text is at stake.</summary>
internal static class InviteVectors
{
    private const string Rule = "LNK-51";
    private const string TextRule = "LNK-50";
    private static readonly LinkEnd Alice = new("alice", LinkEnd.Initiator);
    private static readonly LinkEnd Bob = new("bob", LinkEnd.Acceptor);

    /// <summary>A CA's certificate as OpenSSL made it: Ed25519, for a hundred years.</summary>
    private static readonly byte[] Authority = Convert.FromHexString(
        "3082012b3081dea003020102020101300506032b657030143112301006035504030c0942616e6b20412043413020170d3236313132313139343732335a180f32313236313032383139343732335a"
        + "30143112301006035504030c0942616e6b204120434130"
        + "2a300506032b657003210044241f827fdecda381ec6220dfd9c339f14c1aa8eb3c5b27d4fb45fc5737e166a3533051301d0603551d0e04160414a97c0d499e9884c367204a9760ee965f12e7afcf"
        + "301f0603551d23041830168014a97c0d499e9884c367204a9760ee965f12e7afcf300f0603551d130101ff040530030101ff300506032b6570034100fbfbb0976650a57e82952dc515bcaab0f3af471b"
        + "da3b8ea2e8ad8b34c211722c63d967719e14dce53cacca850045b588564329b5c66db71524c1a585d0881c0d");

    public static IEnumerable<Vector> All() => [.. Good(), .. Bad(), .. Texts()];

    private static IEnumerable<Vector> Good()
    {
        var plain = new Draft();
        yield return Taken("good/by-pin", plain, Expect(plain));
        var dials = plain with { Flags = 2, Endpoint = "" };
        yield return Taken("good/dials-alone", dials, Expect(dials));
        var answer = plain with { Flags = 3, Endpoint = "[2001:db8::1]:7400", Answers = Hash(plain.Whole()), Contact = Bob.Address };
        yield return Taken("good/answer-with-a-contact", answer, Expect(answer));
        var ca = plain with { Trust = [2, .. U16(Authority.Length), .. Authority, 0, 0, 0] };
        yield return Taken("good/by-ca", ca, Expect(ca, "ca"));
        var named = plain with { Trust = [2, .. U16(Authority.Length), .. Authority, .. Name(2, "CN=float,O=Bank A,C=DE")] };
        yield return Taken("good/by-ca-and-subject", named, Expect(named, "ca", "subject", "CN=float,O=Bank A,C=DE"));
        var system = plain with { Trust = [3, .. Name(1, "float.bank-a.example")] };
        yield return Taken("good/by-system", system, Expect(system, "system", "dns", "float.bank-a.example"));
        var longest = plain with { Name = new string('n', 64), NotAfter = plain.Issued + (90 * 86_400) };
        yield return Taken("good/longest-name-and-lifetime", longest, Expect(longest));
    }

    private static IEnumerable<Vector> Bad()
    {
        var plain = new Draft();
        var whole = plain.Whole();
        yield return Refused("empty", [], "Malformed");
        yield return Refused("version-2", [2, .. whole.AsSpan(1)], "UnknownVersion");
        yield return Refused("version-0-alone", [0], "UnknownVersion");
        yield return Refused("version-alone", [1], "Malformed");
        yield return Refused("one-byte-short", whole[..^1], "Malformed");
        yield return Refused("one-byte-more", [.. whole, 0], "Malformed");
        yield return Refused("no-way-to-link", plain with { Flags = 0, Endpoint = "" });
        yield return Refused("unknown-flag", plain with { Flags = 5 });
        yield return Refused("endpoint-without-the-flag", plain with { Flags = 2 });
        yield return Refused("flag-without-an-endpoint", plain with { Endpoint = "" });
        yield return Refused("endpoint-without-a-port", plain with { Endpoint = "float.bank-a.example" });
        yield return Refused("endpoint-beyond-ascii", plain with { Endpoint = "flöat.example:7400" });
        yield return Refused("name-empty", plain with { Name = "" });
        yield return Refused("name-of-65", plain with { Name = new string('n', 65) });
        yield return Refused("name-with-a-space", plain with { Name = "bank a" });
        yield return Refused("made-at-its-end", plain with { NotAfter = plain.Issued });
        yield return Refused("good-for-too-long", plain with { NotAfter = plain.Issued + (90 * 86_400) + 1 });
        yield return Refused("beyond-the-calendar", plain with { Issued = ulong.MaxValue - 1, NotAfter = ulong.MaxValue });
        yield return Refused("contact-of-small-order", plain with { Contact = [1, .. new byte[31]] });
        yield return Refused("trust-unknown", plain with { Trust = [4, .. new byte[32]] });
        yield return Refused("pin-short", plain with { Trust = [1, .. new byte[31]] });
        yield return Refused("system-without-a-name", plain with { Trust = [3, 0, 0, 0] });
        yield return Refused("dns-name-with-a-space", plain with { Trust = [3, .. Name(1, "a b")] });
        yield return Refused("subject-that-is-none", plain with { Trust = [3, .. Name(2, "nobody")] });
        yield return Refused("name-kind-unknown", plain with { Trust = [3, .. Name(3, "a")] });
        yield return Refused("name-without-a-kind", plain with { Trust = [2, .. U16(Authority.Length), .. Authority, .. Name(0, "a")] });
        yield return Refused("ca-that-is-none", plain with { Trust = [2, 2, 0, 0x30, 0, 0, 0, 0] });
        yield return Refused("ca-with-a-byte-more", plain with { Trust = [2, .. U16(Authority.Length + 1), .. Authority, 0, 0, 0, 0] });
        yield return Refused("ca-longer-than-the-rest", plain with { Trust = [2, 0xff, 0xff, .. Authority, 0, 0, 0] });
        yield return Refused("signed-by-another", plain.Body(), Bob, "MixMq-invite-v1", "BadSignature");
        yield return Refused("signed-under-another-label", plain.Body(), Alice, "MixMq-envelope-v1", "BadSignature");
        var altered = whole.ToArray();
        altered[150] ^= 1;
        yield return Refused("altered-after-signing", altered, "BadSignature");
        yield return Refused("too-long", new byte[6_145], "TooLong");
    }

    private static IEnumerable<Vector> Texts()
    {
        var whole = new Draft().Whole();
        var text = Text(whole);
        yield return OfText("good/text", text, Expect(new Draft()));
        yield return OfText("good/text-in-a-quoted-mail", "On Friday Alice wrote:\r\n> " + text.Replace("\n", "\r\n> ", StringComparison.Ordinal) + "\r\nRegards", Expect(new Draft()));
        yield return OfText("bad/text-none", "hello", Refusal("NotFound"));
        yield return OfText("bad/text-without-its-end", text[..^20], Refusal("NotFound"));
        yield return OfText("bad/text-not-base64", text.Replace("=", "!", StringComparison.Ordinal).Replace("\nAQ", "\n!Q", StringComparison.Ordinal), Refusal("NotBase64"));
        yield return OfText("bad/text-one-character-changed", text.Replace("\nAQ", "\nAA", StringComparison.Ordinal), Refusal("Damaged"));
        yield return OfText("bad/text-empty", Armoured([]), Refusal("Damaged"));
        var lines = text.Split('\n');
        yield return OfText("bad/text-without-its-last-line", string.Join('\n', [.. lines[..^3], .. lines[^2..]]), Refusal(lines[^4].Length == 64 && lines[^3].Length % 4 == 0 ? "Damaged" : "NotBase64"));
    }

    private static byte[] Hash(byte[] whole) => SHA256.HashData([.. "MixMq-invite-hash-v1"u8, .. whole]);

    private static string Text(byte[] whole) => Armoured([.. whole, .. Hash(whole).AsSpan(28)]);

    private static string Armoured(byte[] content)
    {
        var text = new StringBuilder("-----BEGIN MIXMQ INVITE-----\n");
        foreach (var line in Convert.ToBase64String(content).Chunk(64))
        {
            text.Append(line).Append('\n');
        }

        return text.Append("-----END MIXMQ INVITE-----\n").ToString();
    }

    private static JsonObject Refusal(string reason) => new() { ["refused"] = reason };

    private static JsonObject Expect(Draft draft, string trust = "pin", string name = "none", string text = "") => new()
    {
        ["from"] = Material.Hex(Alice.Address),
        ["name"] = draft.Name,
        ["issued"] = draft.Issued,
        ["not_after"] = draft.NotAfter,
        ["endpoint"] = draft.Endpoint,
        ["dials"] = (draft.Flags & 2) != 0,
        ["answers"] = draft.Answers.Any(value => value != 0) ? Material.Hex(draft.Answers) : "",
        ["contact"] = draft.Contact.Any(value => value != 0) ? Material.Hex(draft.Contact) : "",
        ["trust"] = trust,
        ["required_name"] = name == "none" ? "" : $"{name} {text}",
        ["hash"] = Material.Hex(Hash(draft.Whole())),
        ["text"] = Text(draft.Whole()),
    };

    private static Vector Taken(string path, Draft draft, JsonObject expect) => new(
        $"invite/{path}.json", new JsonObject { ["rule"] = Rule, ["invite"] = Material.Hex(draft.Whole()), ["expect"] = expect });

    private static Vector Refused(string name, Draft draft) => Refused(name, draft.Whole(), "Malformed");

    private static Vector Refused(string name, byte[] body, LinkEnd signer, string label, string reason) =>
        Refused(name, [.. body, .. signer.Sign([.. Encoding.ASCII.GetBytes(label), .. body])], reason);

    private static Vector Refused(string name, byte[] whole, string reason) => new(
        $"invite/bad/{name}.json", new JsonObject { ["rule"] = Rule, ["invite"] = Material.Hex(whole), ["expect"] = Refusal(reason) });

    private static Vector OfText(string path, string text, JsonObject expect) => new(
        $"invite/{path}.json", new JsonObject { ["rule"] = TextRule, ["text"] = text, ["expect"] = expect });

    private static byte[] Name(byte kind, string name) => [kind, .. U16(Encoding.UTF8.GetByteCount(name)), .. Encoding.UTF8.GetBytes(name)];

    private static byte[] U16(int value)
    {
        var bytes = new byte[sizeof(ushort)];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, (ushort)value);
        return bytes;
    }

    private static byte[] U64(ulong value)
    {
        var bytes = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        return bytes;
    }

    /// <summary>An invite of Alice's before it is signed.</summary>
    private sealed record Draft
    {
        public byte Flags { get; init; } = 1;

        public ulong Issued { get; init; } = 1_800_000_000;

        public ulong NotAfter { get; init; } = 1_800_000_000 + (14 * 86_400);

        public byte[] Answers { get; init; } = new byte[32];

        public byte[] Contact { get; init; } = new byte[32];

        public string Name { get; init; } = "bank-a";

        public string Endpoint { get; init; } = "float.bank-a.example:7400";

        public byte[] Trust { get; init; } = [1, .. Material.Draw("pin of an invite", 32)];

        public byte[] Body()
        {
            var (name, endpoint) = (Encoding.UTF8.GetBytes(Name), Encoding.UTF8.GetBytes(Endpoint));
            return
            [
                1, Flags, .. Material.Small.Id, .. Alice.Address, .. U64(Issued), .. U64(NotAfter), .. Answers, .. Contact,
                (byte)name.Length, .. name, (byte)endpoint.Length, .. endpoint, .. Trust,
            ];
        }

        public byte[] Whole() => [.. Body(), .. Alice.Sign([.. "MixMq-invite-v1"u8, .. Body()])];
    }
}
