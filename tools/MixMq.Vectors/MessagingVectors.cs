using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using MixMq.Crypto;

namespace MixMq.Vectors;

/// <summary>
/// Frames of messaging, byte by byte from 07: a message in two fragments, its tombstone, what acknowledges them, the marks of an exchange after a start, and a ping and its answer; what is taken, and one fault each
/// that is dropped.
/// </summary>
internal static class MessagingVectors
{
    private const int Piece = 600;
    private static readonly LinkEnd Alice = new("alice", LinkEnd.Initiator);
    private static readonly LinkEnd Bob = new("bob", LinkEnd.Acceptor);
    private static readonly byte[] Secret = Material.Draw("secret of a conversation", 32);
    private static readonly byte[] Id = Material.Draw("message id", 16);
    private static readonly byte[] Content = Material.Draw("content of a message", 700);
    private static readonly byte[] None = new byte[24];
    private static readonly byte[] OfAlice = [.. U64(1_800_000_000_000), .. Material.Draw("start of alice", 16)];
    private static readonly byte[] OfBob = [.. U64(1_800_000_000_500), .. Material.Draw("start of bob", 16)];
    private static readonly byte[] Question = [.. U64(0), .. Material.Draw("question of alice", 16)];
    private static readonly byte[] Nonce = Material.Draw("nonce of a ping", 16);
    private static readonly byte[] Orders = Named("orders");

    public static IEnumerable<Vector> All() => [.. Good(), .. BadEnvelopes(), .. BadFragments(), .. BadAcknowledgements(), .. BadMarks(), .. Limits(), .. Pings()];

    private static IEnumerable<Vector> Good()
    {
        var payload = Payload(Envelope());
        yield return Taken("envelope-alone", "MSG-4", new JsonObject { ["envelope"] = Material.Hex(Envelope()) }, OfEnvelope("message", 700));
        yield return Taken("fragment-0", "MSG-3", OfFrame(1, Fragment(1, payload[..Piece], 0, 2, None), None), OfFragment(0, 2, Piece));
        yield return Taken("fragment-1-the-last", "MSG-3", OfFrame(1, Fragment(1, payload[Piece..], 1, 2, None), None), OfFragment(1, 2, payload.Length - Piece));
        yield return Taken("fragment-of-a-later-start", "MSG-52", OfFrame(1, Fragment(1, payload[..Piece], 0, 2, OfAlice), OfAlice), OfFragment(0, 2, Piece));
        var tombstone = Envelope(kind: 2);
        yield return Taken("tombstone", "MSG-3", OfFrame(3, Fragment(3, tombstone, 0, 1, OfAlice), OfAlice), OfFragment(0, 1, tombstone.Length));
        yield return Taken("acknowledgement", "MSG-12", OfFrame(2, Acknowledgement([.. U64(5), .. U64(9), 1, 0b101, 1, 0b11, 0]), None), OfAcknowledgement(5, 9, [10, 12], [5, 6]));
        yield return Taken(
            "acknowledgement-of-a-later-start-with-a-partial", "MSG-52",
            OfFrame(2, Acknowledgement([.. U64(9), .. U64(8), 0, 0, 1, .. U64(9), .. U32(3), 1, 0, 0b10], OfBob), OfBob), OfAcknowledgement(9, 8, [], [], [9]));
        yield return Taken("sender-mark", "MSG-50", OfFrame(8, SenderMark(None, answer: true), None), OfSenderMark(None, answer: true));
        yield return Taken("sender-mark-that-knows-the-recipients-start", "MSG-56", OfFrame(8, SenderMark(OfBob, answer: false), None), OfSenderMark(OfBob, answer: false));
        yield return Taken(
            "sender-mark-that-is-a-question", "MSG-133", OfFrame(8, SenderMark(None, answer: true, own: Question, next: 1, lowest: 1), None),
            OfSenderMark(None, answer: true, own: Question, next: 1, lowest: 1));
        yield return Taken("recipient-mark-of-a-question", "MSG-133", OfFrame(9, RecipientMark(Question, 12, 0, 0, 0), None), OfRecipientMark(Question, 12, 0, 0, wanted: false));
        yield return Taken("recipient-mark-of-no-mark", "MSG-54", OfFrame(9, RecipientMark(None, 0, 0, 0, 1), None), OfRecipientMark(None, 0, 0, 0, wanted: true));
        yield return Taken("recipient-mark", "MSG-53", OfFrame(9, RecipientMark(OfAlice, 12, 9, 4, 0), None), OfRecipientMark(OfAlice, 12, 9, 4, wanted: false));
    }

    private static IEnumerable<Vector> BadEnvelopes()
    {
        var good = Envelope();
        yield return Dropped("envelope-of-kind-3", "MSG-4", Envelope(kind: 3, length: 700));
        yield return Dropped("envelope-one-byte-short", "MSG-4", good[..^1]);
        yield return Dropped("envelope-created-beyond-the-range", "MSG-4", Envelope(created: 1UL << 63));
        yield return Dropped("envelope-of-a-content-beyond-the-greatest", "MSG-4", Envelope(length: 1UL << 32));
        yield return Dropped("envelope-whose-conversation-is-not-its-names", "MSG-4", Envelope(name: "others"));
        yield return Dropped("envelope-with-a-label-that-is-no-utf-8", "MSG-4", Envelope(label: [0xff]));
        yield return Dropped("tombstone-envelope-with-a-length", "MSG-4", Envelope(kind: 2, length: 1));
        yield return Dropped("envelope-signed-under-another-label", "MSG-5", Envelope(signed: "MixMq-invite-v1"), "BadSignature");
        yield return Dropped("envelope-signed-by-another", "MSG-5", Envelope(signer: Bob), "BadSignature");
    }

    private static IEnumerable<Vector> BadFragments()
    {
        var payload = Payload(Envelope());
        yield return Dropped("fragment-with-base-0", "MSG-2", 1, Fragment(1, payload[..Piece], 0, 2, None, lowest: 0));
        yield return Dropped("fragment-below-its-base", "MSG-2", 1, Fragment(1, payload[..Piece], 0, 2, None, lowest: 10));
        yield return Dropped("fragment-beyond-the-window", "MSG-2", 1, Fragment(1, payload[..Piece], 0, 2, None, sequence: 5 + 1024));
        yield return Dropped("fragment-whose-index-is-the-count", "MSG-2", 1, Fragment(1, payload[..Piece], 2, 2, None));
        yield return Dropped("fragment-shorter-than-its-header", "MSG-2", 1, Fragment(1, [], 0, 2, None)[..103]);
        var altered = Fragment(1, payload[..Piece], 0, 2, None);
        altered[^1] ^= 1;
        yield return Dropped("fragment-altered-after-its-tag", "MSG-3", 1, altered, "BadTag");
        yield return Dropped("fragment-sent-as-a-tombstone", "MSG-3", 3, Fragment(1, payload[..Piece], 0, 2, None), "BadTag");
        yield return Dropped("fragment-of-the-start-before", "MSG-52", 1, Fragment(1, payload[..Piece], 0, 2, None), "BadTag", OfAlice);
    }

    private static IEnumerable<Vector> BadAcknowledgements()
    {
        byte[] good = [.. U64(5), .. U64(9), 0, 0, 0];
        yield return Dropped("acknowledgement-with-base-0", "MSG-12", 2, Acknowledgement([.. U64(0), .. U64(9), 0, 0, 0]));
        yield return Dropped("acknowledgement-whose-base-passes-it", "MSG-12", 2, Acknowledgement([.. U64(11), .. U64(9), 0, 0, 0]));
        yield return Dropped("acknowledgement-with-a-byte-more", "MSG-12", 2, Acknowledgement([.. good, 0]));
        yield return Dropped("acknowledgement-without-its-last-byte", "MSG-12", 2, Acknowledgement(good[..^1]));
        yield return Dropped("acknowledgement-with-a-bitmap-of-129-bytes", "MSG-12", 2, Acknowledgement([.. U64(5), .. U64(9), 129, .. new byte[129], 0, 0]));
        yield return Dropped("acknowledgement-of-the-start-before", "MSG-52", 2, Acknowledgement(good), "BadTag", OfBob);
    }

    private static IEnumerable<Vector> BadMarks()
    {
        yield return Dropped("sender-mark-of-no-start", "MSG-50", 8, SenderMark(None, answer: true, own: None));
        yield return Dropped("sender-mark-of-a-number-beyond-the-range", "MSG-50", 8, SenderMark(None, answer: true, own: [.. U64(1UL << 62), .. new byte[16]]));
        yield return Dropped("sender-mark-with-an-unknown-flag", "MSG-50", 8, SenderMark(None, flags: 2));
        yield return Dropped("sender-mark-with-base-0", "MSG-50", 8, SenderMark(None, answer: true, lowest: 0));
        yield return Dropped("sender-mark-with-a-base-beyond-the-range", "MSG-50", 8, SenderMark(None, answer: true, lowest: 1UL << 60));
        yield return Dropped("sender-mark-with-a-next-beyond-the-range", "MSG-50", 8, SenderMark(None, answer: true, next: 1UL << 60));
        yield return Dropped("sender-mark-with-next-0", "MSG-50", 8, SenderMark(None, answer: true, next: 0));
        yield return Dropped("sender-mark-whose-conversation-is-not-its-names", "MSG-50", 8, SenderMark(None, answer: true, name: "others"));
        yield return Dropped("sender-mark-with-a-byte-more", "MSG-50", 8, [.. SenderMark(None, answer: true), 0]);
        yield return Dropped("sender-mark-signed-by-another", "MSG-50", 8, SenderMark(None, answer: true, signer: Bob), "BadSignature");
        yield return Dropped("sender-mark-of-the-network-beside", "MSG-50", 8, SenderMark(None, answer: true, network: Material.Network("beside", 4, 128, 64).Id.ToArray()), "BadSignature");
        var altered = SenderMark(None, answer: true);
        altered[130] ^= 1;
        yield return Dropped("sender-mark-altered-after-its-tag", "MSG-50", 8, altered, "BadTag");
        yield return Dropped("recipient-mark-of-no-start", "MSG-53", 9, RecipientMark(OfAlice, 12, 9, 4, 0, own: None));
        yield return Dropped("recipient-mark-whose-watermark-is-above-its-highest", "MSG-53", 9, RecipientMark(OfAlice, 8, 9, 4, 0));
        yield return Dropped("recipient-mark-whose-foreign-is-above-its-highest", "MSG-53", 9, RecipientMark(OfAlice, 12, 9, 13, 0));
        yield return Dropped("recipient-mark-beyond-the-range", "MSG-53", 9, RecipientMark(OfAlice, 1UL << 60, 9, 4, 0));
        yield return Dropped("recipient-mark-with-an-unknown-flag", "MSG-53", 9, RecipientMark(OfAlice, 12, 9, 4, 2));
        yield return Dropped("recipient-mark-one-byte-short", "MSG-53", 9, RecipientMark(OfAlice, 12, 9, 4, 0)[..^1]);
        altered = RecipientMark(OfAlice, 12, 9, 4, 0);
        altered[70] ^= 1;
        yield return Dropped("recipient-mark-altered-after-its-tag", "MSG-53", 9, altered, "BadTag");
    }

    private static IEnumerable<Vector> Limits()
    {
        var good = ContentLimit(1 << 20);
        yield return Taken("content-limit", "MSG-140", OfFrame(15, good, None), OfContentLimit(1 << 20));
        yield return Taken("content-limit-of-one-byte", "MSG-140", OfFrame(15, ContentLimit(1), None), OfContentLimit(1));
        yield return Dropped("content-limit-of-0", "MSG-140", 15, ContentLimit(0));
        yield return Dropped("content-limit-of-the-greatest-content", "MSG-140", 15, ContentLimit(uint.MaxValue));
        yield return Dropped("content-limit-beyond-the-range", "MSG-140", 15, ContentLimit(1UL << 63));
        yield return Dropped("content-limit-one-byte-short", "MSG-140", 15, good[..^1]);
        yield return Dropped("content-limit-with-a-byte-more", "MSG-140", 15, [.. good, 0]);
        yield return Dropped("content-limit-altered-after-its-tag", "MSG-140", 15, [.. good[..^8], .. U64(1 << 10)], "BadTag");
    }

    private static IEnumerable<Vector> Pings()
    {
        var (ping, answer) = (Ping(), PingAnswer());
        yield return Taken("ping", "MSG-120", OfFrame(13, ping, None), new JsonObject { ["from"] = Material.Hex(Alice.Address), ["to"] = Material.Hex(Bob.Address), ["nonce"] = Material.Hex(Nonce) });
        yield return Taken("ping-answer", "MSG-120", OfFrame(14, answer, None), new JsonObject { ["nonce"] = Material.Hex(Nonce) });
        yield return Dropped("ping-one-byte-short", "MSG-120", 13, ping[..^1]);
        yield return Dropped("ping-with-a-byte-more", "MSG-120", 13, [.. ping, 0]);
        yield return Dropped("ping-signed-by-another", "MSG-121", 13, Ping(signer: Bob), "BadSignature");
        yield return Dropped("ping-signed-under-another-label", "MSG-121", 13, Ping(label: "MixMq-sender-mark-v1"), "BadSignature");
        yield return Dropped("ping-of-the-network-beside", "MSG-121", 13, Ping(network: Material.Network("beside", 4, 128, 64).Id.ToArray()), "BadSignature");
        var altered = Ping();
        altered[70] ^= 1;
        yield return Dropped("ping-with-another-nonce-than-was-signed", "MSG-121", 13, altered, "BadSignature");
        altered = Ping();
        altered[90] ^= 1;
        yield return Dropped("ping-with-another-secret-than-was-signed", "MSG-121", 13, altered, "BadSignature");
        yield return Dropped("ping-for-another-than-the-recipient", "MSG-121", 13, Ping(to: Alice), "BadRecipient");
        yield return Dropped("ping-answer-one-byte-short", "MSG-120", 14, answer[..^1]);
        yield return Dropped("ping-answer-with-a-byte-more", "MSG-120", 14, [.. answer, 0]);
        yield return Dropped("ping-answer-under-another-label", "MSG-120", 14, PingAnswer("MixMq-ping-v1"), "BadTag");
        altered = PingAnswer();
        altered[0] ^= 1;
        yield return Dropped("ping-answer-with-another-nonce-than-was-tagged", "MSG-120", 14, altered, "BadTag");
    }

    private static byte[] Ping(LinkEnd? signer = null, LinkEnd? to = null, string label = "MixMq-ping-v1", byte[]? network = null)
    {
        byte[] body = [.. Alice.Address, .. (to ?? Bob).Address, .. Nonce, .. Secret];
        return [.. body, .. (signer ?? Alice).Sign([.. Encoding.ASCII.GetBytes(label), .. network ?? Material.Small.Id.ToArray(), .. body])];
    }

    private static byte[] PingAnswer(string label = "MixMq-ping-answer-v1") => [.. Nonce, .. Tag(label, Secret, Nonce)];

    private static byte[] Key(byte[] start) => start.All(value => value == 0) ? Secret : Shake256.HashData([.. "MixMq-incarnation-key-v1"u8, .. Secret, .. start], 32);

    private static byte[] Tag(string label, byte[] key, params ReadOnlySpan<byte> parts) => Shake256.HashData([.. Encoding.ASCII.GetBytes(label), .. key, .. parts], 16);

    private static byte[] Named(string name) => SHA256.HashData([.. "MixMq-conversation-v1"u8, .. Encoding.UTF8.GetBytes(name)])[..16];

    private static byte[] Payload(byte[] envelope) => [.. envelope, .. Content];

    private static byte[] Envelope(
        byte kind = 1, ulong? length = null, ulong created = 1_800_000_000_000, string name = "orders", byte[]? label = null, string signed = "MixMq-envelope-v1", LinkEnd? signer = null)
    {
        label ??= "invoice"u8.ToArray();
        byte[] body =
        [
            kind, .. Alice.Address, .. Bob.Address, .. Id, .. Orders, .. U64(9), .. U64(created), .. U64(1_800_086_400_000), .. Secret,
            .. U64(length ?? (kind == 1 ? 700UL : 0)), .. kind == 2 ? new byte[32] : SHA256.HashData(Content),
            (byte)label.Length, .. label, (byte)Encoding.UTF8.GetByteCount(name), .. Encoding.UTF8.GetBytes(name),
        ];
        return [.. body, .. (signer ?? Alice).Sign([.. Encoding.ASCII.GetBytes(signed), .. Material.Small.Id, .. body])];
    }

    private static byte[] Fragment(byte type, byte[] bytes, uint index, uint count, byte[] start, ulong lowest = 5, ulong sequence = 9)
    {
        byte[] head = [.. Alice.Address, .. Orders, .. U64(sequence), .. Id, .. U64(lowest), .. U32(index), .. U32(count)];
        return [.. head, .. Tag("MixMq-fragment-v1", Key(start), [type, .. head, .. bytes]), .. bytes];
    }

    private static byte[] Acknowledgement(byte[] rest, byte[]? start = null) => Tagged("MixMq-ack-v1", Key(start ?? None), [.. Bob.Address, .. Orders], rest);

    private static byte[] SenderMark(
        byte[] recipient, bool answer = false, byte[]? own = null, byte? flags = null, ulong next = 13, ulong lowest = 9, string name = "orders", LinkEnd? signer = null, byte[]? network = null)
    {
        own ??= OfAlice;
        var text = Encoding.UTF8.GetBytes(name);
        var signature = (signer ?? Alice).Sign(
            [.. "MixMq-sender-mark-v1"u8, .. network ?? Material.Small.Id.ToArray(), .. Alice.Address, .. Bob.Address, .. Orders, .. own, .. Secret, .. text]);
        return Tagged(
            "MixMq-sender-mark-tag-v1", Secret, [.. Alice.Address, .. Orders],
            [.. own, .. Secret, .. U64(next), .. U64(lowest), .. recipient, flags ?? (answer ? (byte)1 : (byte)0), .. signature, (byte)text.Length, .. text]);
    }

    private static byte[] RecipientMark(byte[] sender, ulong highest, ulong watermark, ulong foreign, byte flags, byte[]? own = null) => Tagged(
        "MixMq-recipient-mark-v1", Secret, [.. Bob.Address, .. Orders], [.. sender, .. own ?? OfBob, .. U64(highest), .. U64(watermark), .. U64(foreign), flags]);

    private static byte[] ContentLimit(ulong bytes) => Tagged("MixMq-content-limit-v1", Secret, [.. Bob.Address, .. Orders], U64(bytes));

    private static byte[] Tagged(string label, byte[] key, byte[] before, byte[] after) => [.. before, .. Tag(label, key, [.. before, .. after]), .. after];

    private static JsonObject OfFrame(byte type, byte[] body, byte[] start)
    {
        byte[] frame = [type, .. U32((uint)body.Length)[..2], .. body];
        return new JsonObject { ["frame"] = Material.Hex(frame), ["secret"] = Material.Hex(Secret), ["start"] = Material.Hex(start), ["key"] = Material.Hex(Key(start)) };
    }

    private static JsonObject OfEnvelope(string kind, ulong length) => new()
    {
        ["kind"] = kind,
        ["from"] = Material.Hex(Alice.Address),
        ["to"] = Material.Hex(Bob.Address),
        ["id"] = Material.Hex(Id),
        ["conversation"] = Material.Hex(Orders),
        ["sequence"] = 9,
        ["created"] = 1_800_000_000_000,
        ["expires"] = 1_800_086_400_000,
        ["secret"] = Material.Hex(Secret),
        ["length"] = length,
        ["hash"] = Material.Sha(Content),
        ["label"] = "invoice",
        ["name"] = "orders",
    };

    private static JsonObject OfFragment(int index, int count, int bytes) => new()
    {
        ["from"] = Material.Hex(Alice.Address),
        ["conversation"] = Material.Hex(Orders),
        ["sequence"] = 9,
        ["id"] = Material.Hex(Id),
        ["base"] = 5,
        ["index"] = index,
        ["count"] = count,
        ["bytes"] = bytes,
    };

    private static JsonObject OfAcknowledgement(ulong lowest, ulong cumulative, ulong[] settled, ulong[] tombstones, params ulong[] partials) => new()
    {
        ["from"] = Material.Hex(Bob.Address),
        ["conversation"] = Material.Hex(Orders),
        ["base"] = lowest,
        ["cumulative"] = cumulative,
        ["settled"] = new JsonArray([.. settled.Select(sequence => JsonValue.Create(sequence))]),
        ["tombstones"] = new JsonArray([.. tombstones.Select(sequence => JsonValue.Create(sequence))]),
        ["partials"] = partials.Length,
    };

    private static JsonObject OfSenderMark(byte[] recipient, bool answer, byte[]? own = null, ulong next = 13, ulong lowest = 9) => new()
    {
        ["from"] = Material.Hex(Alice.Address),
        ["conversation"] = Material.Hex(Orders),
        ["own"] = Material.Hex(own ?? OfAlice),
        ["next"] = next,
        ["base"] = lowest,
        ["other"] = Material.Hex(recipient),
        ["wanted"] = answer,
        ["name"] = "orders",
    };

    private static JsonObject OfContentLimit(ulong bytes) => new() { ["from"] = Material.Hex(Bob.Address), ["conversation"] = Material.Hex(Orders), ["limit"] = bytes };

    private static JsonObject OfRecipientMark(byte[] sender, ulong highest, ulong watermark, ulong foreign, bool wanted) => new()
    {
        ["from"] = Material.Hex(Bob.Address),
        ["conversation"] = Material.Hex(Orders),
        ["own"] = Material.Hex(OfBob),
        ["other"] = Material.Hex(sender),
        ["highest"] = highest,
        ["watermark"] = watermark,
        ["foreign"] = foreign,
        ["wanted"] = wanted,
    };

    private static Vector Taken(string name, string rule, JsonObject given, JsonObject expect) => Make($"good/{name}", rule, given, expect);

    private static Vector Dropped(string name, string rule, byte[] envelope, string reason = "Malformed") =>
        Make($"bad/{name}", rule, new JsonObject { ["envelope"] = Material.Hex(envelope) }, new JsonObject { ["dropped"] = reason });

    private static Vector Dropped(string name, string rule, byte type, byte[] body, string reason = "Malformed", byte[]? start = null) =>
        Make($"bad/{name}", rule, OfFrame(type, body, start ?? None), new JsonObject { ["dropped"] = reason });

    private static Vector Make(string path, string rule, JsonObject given, JsonObject expect)
    {
        var content = new JsonObject { ["rule"] = rule, ["network"] = Material.ToJson(Material.Small), ["sender"] = Material.Hex(Alice.Address), ["recipient"] = Material.Hex(Bob.Address) };
        foreach (var (member, value) in given)
        {
            content[member] = value!.DeepClone();
        }

        content["expect"] = expect;
        return new($"messaging/{path}.json", content);
    }

    private static byte[] U32(uint value)
    {
        var bytes = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return bytes;
    }

    private static byte[] U64(ulong value)
    {
        var bytes = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        return bytes;
    }
}
