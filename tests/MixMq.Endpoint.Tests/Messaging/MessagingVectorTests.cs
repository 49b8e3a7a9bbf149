using System.Text.Json;
using MixMq.Crypto;
using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Wire;
using MixMq.Endpoint.Pings;
using MixMq.Sphinx;

namespace MixMq.Endpoint.Tests.Messaging;

/// <summary>spec/vectors/messaging: what is good is read as it was meant and written byte for byte; what is bad is dropped for the reason that it names.</summary>
public sealed class MessagingVectorTests
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "messaging");

    public static TheoryData<string> Good() => [.. Names("good")];

    public static TheoryData<string> Bad() => [.. Names("bad")];

    [Theory]
    [Trait("Spec", "MSG-50")]
    [Trait("Spec", "MSG-52")]
    [Trait("Spec", "MSG-120")]
    [Trait("Spec", "MSG-133")]
    [MemberData(nameof(Good))]
    public void What_is_good_is_read_as_it_was_meant(string name)
    {
        var vector = Read("good", name);
        Assert.Equal("", Judge(vector, out var read));
        foreach (var expected in vector.GetProperty("expect").EnumerateObject())
        {
            var value = expected.Value.ValueKind == JsonValueKind.Array ? string.Join(' ', expected.Value.EnumerateArray()) : expected.Value.ToString();
            Assert.Equal((expected.Name, value), (expected.Name, read[expected.Name]));
        }
    }

    [Theory]
    [Trait("Spec", "MSG-2")]
    [Trait("Spec", "MSG-3")]
    [Trait("Spec", "MSG-4")]
    [Trait("Spec", "MSG-12")]
    [Trait("Spec", "MSG-52")]
    [Trait("Spec", "MSG-121")]
    [MemberData(nameof(Bad))]
    public void What_is_bad_is_dropped_for_what_its_name_says(string name)
    {
        var vector = Read("bad", name);
        Assert.Equal(vector.GetProperty("expect").GetProperty("dropped").GetString(), Judge(vector, out _));
    }

    [Fact]
    public void There_are_vectors_of_every_frame_of_messages() =>
        Assert.True(Names("good").Count() >= 15 && Names("bad").Count() >= 42, "The vectors aren't beside the tests.");

    private static IEnumerable<string> Names(string kind) => Directory.GetFiles(Path.Combine(Folder, kind), "*.json").Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal);

    private static string Judge(JsonElement vector, out Dictionary<string, string> read)
    {
        read = [];
        if (vector.TryGetProperty("envelope", out var envelope))
        {
            return OfEnvelope(Convert.FromHexString(envelope.GetString()!), vector, read);
        }

        ReadOnlySpan<byte> rest = Hex(vector, "frame");
        var secret = ConversationSecret.FromBytes(Hex(vector, "secret"));
        var key = IncarnationKey.Derive(secret, Incarnation.FromBytes(Hex(vector, "start")));
        Assert.Equal(Hex(vector, "key"), key.ToArray());
        Assert.True(Frame.TryTake(ref rest, out var type, out var body));
        Assert.True(rest.IsEmpty);
        return type switch
        {
            FrameType.Fragment or FrameType.Tombstone => OfFragment(type, body, key, read),
            FrameType.Acknowledgement => OfAcknowledgement(body, key, read),
            FrameType.SenderMark => OfSenderMark(body, vector, read),
            FrameType.Ping => OfPing(body, vector, read),
            FrameType.PingAnswer => OfPingAnswer(body, secret, read),
            FrameType.ContentLimit => OfContentLimit(body, secret, read),
            _ => OfRecipientMark(body, secret, read),
        };
    }

    private static string OfEnvelope(byte[] bytes, JsonElement vector, Dictionary<string, string> read)
    {
        if (!Envelope.TryRead(bytes, out var envelope, out var length) || length != bytes.Length)
        {
            return "Malformed";
        }

        if (!Ed25519.Verify(Hex(vector, "sender"), Envelope.SignedMessage(bytes, Network(vector)), Envelope.Signature(bytes)))
        {
            return "BadSignature";
        }

        var written = envelope.ToUnsignedBytes();
        Envelope.SetSignature(written, Envelope.Signature(bytes));
        Assert.Equal(bytes, written);
        Add(read, ("kind", envelope.Kind == EnvelopeKind.Message ? "message" : "tombstone"), ("from", Text(envelope.From)), ("to", Text(envelope.To)), ("id", Text(envelope.Id.ToArray())));
        Add(read, ("conversation", Text(envelope.Conversation.ToArray())), ("sequence", $"{envelope.Sequence}"), ("created", $"{envelope.CreatedUnixMillis}"));
        Add(read, ("expires", $"{envelope.ExpiresUnixMillis}"), ("secret", Text(envelope.Secret.ToArray())), ("length", $"{envelope.ContentLength}"), ("hash", Text(envelope.ContentHash)));
        Add(read, ("label", envelope.Label), ("name", envelope.Name));
        return "";
    }

    private static string OfFragment(FrameType type, ReadOnlySpan<byte> body, ConversationSecret key, Dictionary<string, string> read)
    {
        if (!FragmentHeader.TryRead(body, out var header, out var bytes))
        {
            return "Malformed";
        }

        if (!FragmentHeader.HasTag(type, key, body))
        {
            return "BadTag";
        }

        var written = new byte[body.Length];
        bytes.CopyTo(written.AsSpan(FragmentHeader.ByteCount));
        header.Write(type, key, written);
        Assert.Equal(body, written);
        Add(read, ("from", Text(header.Place.Sender)), ("conversation", Text(header.Place.Conversation.ToArray())), ("sequence", $"{header.Place.Sequence}"), ("id", Text(header.Id.ToArray())));
        Add(read, ("base", $"{header.Base}"), ("index", $"{header.Index}"), ("count", $"{header.Count}"), ("bytes", $"{bytes.Length}"));
        return "";
    }

    private static string OfAcknowledgement(ReadOnlySpan<byte> body, ConversationSecret key, Dictionary<string, string> read)
    {
        if (!Acknowledgement.TryRead(body, out var acknowledgement))
        {
            return "Malformed";
        }

        if (!Acknowledgement.HasTag(body, key))
        {
            return "BadTag";
        }

        var written = body.ToArray();
        written.AsSpan(Acknowledgement.TagOffset, 16).Clear();
        Acknowledgement.SetTag(written, key);
        Assert.Equal(body, written);
        Add(read, ("from", Text(acknowledgement.Acknowledger)), ("conversation", Text(acknowledgement.Conversation.ToArray())), ("base", $"{acknowledgement.Base}"));
        Add(read, ("cumulative", $"{acknowledgement.Cumulative}"), ("partials", $"{acknowledgement.PartialCount}"));
        Add(read, ("settled", Bits(acknowledgement.Settled, acknowledgement.Cumulative + 1)), ("tombstones", Bits(acknowledgement.Tombstones, acknowledgement.Base)));
        return "";
    }

    private static string OfContentLimit(ReadOnlySpan<byte> body, ConversationSecret secret, Dictionary<string, string> read)
    {
        if (!ContentLimit.TryRead(body, out var limit))
        {
            return "Malformed";
        }

        if (!ContentLimit.HasTag(body, secret))
        {
            return "BadTag";
        }

        var written = new byte[Frame.HeaderBytes + ContentLimit.ByteCount];
        Assert.Equal(written.Length, ContentLimit.Write(written, limit.Teller, limit.Conversation, secret, limit.Bytes));
        Assert.Equal(body, written.AsSpan(Frame.HeaderBytes));
        Add(read, ("from", Text(limit.Teller)), ("conversation", Text(limit.Conversation.ToArray())), ("limit", $"{limit.Bytes}"));
        return "";
    }

    private static string OfSenderMark(ReadOnlySpan<byte> body, JsonElement vector, Dictionary<string, string> read)
    {
        if (!SenderMark.TryRead(body, out var mark))
        {
            return "Malformed";
        }

        if (!mark.HasTag(body))
        {
            return "BadTag";
        }

        var signed = SenderMark.Signed(
            mark.Sender, NodeAddress.FromBytes(Hex(vector, "recipient")), mark.Conversation, mark.Incarnation, mark.Secret, mark.Name, Network(vector));
        if (!Ed25519.Verify(Hex(vector, "sender"), signed, mark.Signature))
        {
            return "BadSignature";
        }

        var written = new byte[mark.ByteCount];
        Assert.Equal(body.Length, mark.Write(written));
        Assert.Equal(body, written);
        Add(read, ("from", Text(mark.Sender)), ("conversation", Text(mark.Conversation.ToArray())), ("own", Text(mark.Incarnation.ToArray())), ("next", $"{mark.Next}"), ("base", $"{mark.Base}"));
        Add(read, ("other", Text(mark.Recipient.ToArray())), ("wanted", $"{mark.AnswerWanted}"), ("name", mark.Name));
        return "";
    }

    private static string OfPing(ReadOnlySpan<byte> body, JsonElement vector, Dictionary<string, string> read)
    {
        if (!PingFrame.TryRead(body, out var ping, out var signature))
        {
            return "Malformed";
        }

        if (ping.Recipient != NodeAddress.FromBytes(Hex(vector, "recipient")))
        {
            return "BadRecipient";
        }

        if (!Ed25519.Verify(Hex(vector, "sender"), ping.Signed(Network(vector)), signature))
        {
            return "BadSignature";
        }

        var written = new byte[PingFrame.ByteCount];
        ping.Write(written, signature);
        Assert.Equal(body, written);
        Add(read, ("from", Text(ping.Sender)), ("to", Text(ping.Recipient)), ("nonce", Text(body.Slice(64, 16))));
        return "";
    }

    private static string OfPingAnswer(ReadOnlySpan<byte> body, ConversationSecret secret, Dictionary<string, string> read)
    {
        if (!PingAnswer.TryRead(body, out var nonce))
        {
            return "Malformed";
        }

        if (!PingAnswer.HasTag(body, secret))
        {
            return "BadTag";
        }

        var written = new byte[PingAnswer.ByteCount];
        PingAnswer.Write(nonce, secret, written);
        Assert.Equal(body, written);
        Add(read, ("nonce", Text(body[..16])));
        return "";
    }

    private static string OfRecipientMark(ReadOnlySpan<byte> body, ConversationSecret secret, Dictionary<string, string> read)
    {
        if (!RecipientMark.TryRead(body, out var mark))
        {
            return "Malformed";
        }

        if (!RecipientMark.HasTag(body, secret))
        {
            return "BadTag";
        }

        var written = new byte[RecipientMark.ByteCount];
        mark.Write(written, secret);
        Assert.Equal(body, written);
        Add(read, ("from", Text(mark.Recipient)), ("conversation", Text(mark.Conversation.ToArray())), ("own", Text(mark.Own.ToArray())), ("other", Text(mark.SenderIncarnation.ToArray())));
        Add(read, ("highest", $"{mark.Highest}"), ("watermark", $"{mark.Watermark}"), ("foreign", $"{mark.Foreign}"), ("wanted", $"{mark.MarkWanted}"));
        return "";
    }

    private static string Bits(ReadOnlySpan<byte> bits, ulong first)
    {
        var set = new List<ulong>();
        for (var i = 0; i < 8 * bits.Length; i++)
        {
            if (Bitmap.Get(bits, i))
            {
                set.Add(first + (ulong)i);
            }
        }

        return string.Join(' ', set);
    }

    private static void Add(Dictionary<string, string> read, params (string Name, string Value)[] fields)
    {
        foreach (var (name, value) in fields)
        {
            read.Add(name, value);
        }
    }

    private static string Text(NodeAddress address)
    {
        var bytes = new byte[NodeAddress.ByteLength];
        address.CopyTo(bytes);
        return Text(bytes);
    }

    private static string Text(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(bytes);

    private static byte[] Hex(JsonElement element, string name) => Convert.FromHexString(element.GetProperty(name).GetString()!);

    private static NetworkDefinition Network(JsonElement vector)
    {
        var network = vector.GetProperty("network");
        var geometry = new PacketGeometry(network.GetProperty("hops").GetInt32(), network.GetProperty("body").GetInt32(), network.GetProperty("reply").GetInt32());
        Assert.True(NetworkDefinition.TryCreate(network.GetProperty("name").GetString()!, geometry, NetworkDefinition.DefaultMaxDelayMs, out var definition, out _));
        return definition;
    }

    private static JsonElement Read(string kind, string name)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, kind, name + ".json")));
        return document.RootElement.Clone();
    }
}
