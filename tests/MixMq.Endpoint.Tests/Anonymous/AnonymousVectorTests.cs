using System.Security.Cryptography;
using System.Text.Json;
using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Anonymous;
using MixMq.Endpoint.Messaging.Anonymous.Replying;
using MixMq.Endpoint.Messaging.Wire;
using MixMq.Sphinx;

namespace MixMq.Endpoint.Tests.Anonymous;

/// <summary>spec/vectors/anonymous-v1.json, from a model that shares no code with this.</summary>
public sealed class AnonymousVectorTests
{
    private static readonly JsonElement Vector = Read();

    [Fact]
    [Trait("Spec", "MSG-71")]
    public void An_id_is_the_secrets_hash() => Assert.Equal(Text("id"), AnonymousFrame.IdOf(Hex("secret")).ToString());

    [Fact]
    public void An_envelope_is_written_and_read_byte_for_byte()
    {
        var envelope = new AnonymousEnvelope
        {
            To = NodeAddress.FromBytes(Hex("to")),
            ExpiresUnixMillis = Vector.GetProperty("expires_unix_ms").GetInt64(),
            ContentLength = Hex("content").Length,
            ContentHash = Hex("content_sha256"),
            ReplyUntilUnixMillis = Vector.GetProperty("reply_until_unix_ms").GetInt64(),
            Label = Text("label"),
        };
        Assert.Equal(Text("envelope"), Convert.ToHexStringLower(envelope.ToBytes()));
        Assert.True(AnonymousEnvelope.TryRead(Hex("envelope"), out var read, out var length));
        Assert.Equal(
            (envelope.To, envelope.ExpiresUnixMillis, envelope.ContentLength, envelope.ReplyUntilUnixMillis, envelope.Label),
            (read.To, read.ExpiresUnixMillis, read.ContentLength, read.ReplyUntilUnixMillis, read.Label));
        Assert.Equal(Hex("envelope").Length, length);
    }

    [Fact]
    [Trait("Spec", "MSG-72")]
    public void Frames_are_written_and_read_byte_for_byte() => Assert.All(Vector.GetProperty("frames").EnumerateArray(), entry =>
    {
        var bytes = Convert.FromHexString(entry.GetProperty("bytes").GetString()!);
        var packet = new byte[PacketGeometry.Default.MessageCapacity];
        var start = AnonymousFrame.SurbOffset + Hex("surb").Length;
        bytes.CopyTo(packet.AsSpan(start));
        var kind = (AnonymousFrameKind)entry.GetProperty("kind").GetInt32();
        var (index, count) = (entry.GetProperty("index").GetInt32(), entry.GetProperty("count").GetInt32());
        var length = AnonymousFrame.Write(packet, PacketGeometry.Default, Hex("secret"), kind, index, count, bytes.Length);
        Hex("surb").CopyTo(packet.AsSpan(AnonymousFrame.SurbOffset));
        Assert.Equal(entry.GetProperty("frame").GetString(), Convert.ToHexStringLower(packet.AsSpan(0, length)));

        ReadOnlySpan<byte> message = packet.AsSpan(0, length);
        Assert.True(Frame.TryTake(ref message, out var type, out var body));
        Assert.Equal(FrameType.Anonymous, type);
        Assert.True(AnonymousFrame.TryRead(body, PacketGeometry.Default, out var frame));
        Assert.Equal((kind, (uint)index, (uint)count), (frame.Kind, frame.Index, frame.Count));
        Assert.True(frame.Bytes.SequenceEqual(bytes) && frame.Surb.SequenceEqual(Hex("surb")) && frame.Secret.SequenceEqual(Hex("secret")));
        Assert.Equal(Vector.GetProperty("piece_bytes").GetInt32(), AnonymousFrame.PieceBytes(PacketGeometry.Default));
    });

    [Fact]
    public void Answers_are_written_and_read_byte_for_byte() => Assert.All(Vector.GetProperty("answers").EnumerateArray(), entry =>
    {
        var message = Convert.FromHexString(entry.GetProperty("message").GetString()!);
        Assert.True(AnonymousAnswer.TryRead(message, out var answer));
        Assert.Equal(
            (entry.GetProperty("state").GetInt32(), entry.GetProperty("gathering").GetUInt32(), entry.GetProperty("leading").GetUInt32(), entry.GetProperty("stored").GetString()),
            ((int)answer.State, answer.Gathering, answer.Leading, Convert.ToHexStringLower(answer.Stored)));
        var room = new byte[600];
        Assert.True(room.AsSpan(0, answer.Write(room)).SequenceEqual(message));
    });

    [Fact]
    [Trait("Spec", "MSG-76")]
    public void What_is_malformed_is_refused()
    {
        Assert.All(Entries("malformed_frames"), entry => Assert.False(AnonymousFrame.TryRead(entry.AsSpan(Frame.HeaderBytes), PacketGeometry.Default, out _)));
        Assert.All(Entries("malformed_envelopes"), entry => Assert.False(AnonymousEnvelope.TryRead(entry, out _, out _)));
        Assert.All(Entries("malformed_answers"), entry => Assert.False(AnonymousAnswer.TryRead(entry, out _)));
    }

    [Fact]
    [Trait("Spec", "MSG-79")]
    public void A_replys_id_and_envelope_are_made_and_read_byte_for_byte()
    {
        Assert.True(MessageId.TryParse(Text("id"), out var question));
        Assert.Equal(Text("reply_id"), ReplyEnvelope.IdOf(question).ToString());
        var envelope = new ReplyEnvelope { ContentLength = Hex("reply_content").Length, ContentHash = SHA256.HashData(Hex("reply_content")), Label = Text("reply_label") };
        Assert.Equal(Text("reply_envelope"), Convert.ToHexStringLower(envelope.ToBytes(Hex("secret"))));
        Assert.True(ReplyEnvelope.TryRead([.. Hex("reply_envelope"), .. Hex("reply_content")], Hex("secret"), out var read, out var length));
        Assert.Equal((Hex("reply_envelope").Length, envelope.ContentLength, envelope.Label), (length, read.ContentLength, read.Label));
        Assert.Equal(envelope.ContentHash, read.ContentHash);
        Assert.All(Entries("malformed_reply_envelopes"), entry => Assert.False(ReplyEnvelope.TryRead(entry, Hex("secret"), out _, out _)));
    }

    [Fact]
    [Trait("Spec", "MSG-78")]
    public void Supplies_are_written_and_read_byte_for_byte()
    {
        var geometry = PacketGeometry.Default;
        Assert.Equal(
            (Number("surbs_per_supply"), Number("reply_piece_bytes"), Number("reply_pieces_most")),
            (SupplyFrame.MostSurbs(geometry), ReplyPiece.PieceBytes(geometry), ReplyPiece.MaxCount(geometry)));
        Assert.All(Vector.GetProperty("supplies").EnumerateArray(), entry =>
        {
            var there = Convert.FromHexString(entry.GetProperty("there").GetString()!);
            var surbs = entry.GetProperty("surbs").GetInt32();
            var frame = new SupplyFrame
            {
                Secret = Hex("secret"),
                State = (SupplyState)entry.GetProperty("state").GetInt32(),
                Asks = entry.GetProperty("asks").GetInt32() == 1,
                Count = entry.GetProperty("count").GetUInt32(),
                Leading = entry.GetProperty("leading").GetUInt32(),
                There = there,
            };
            var packet = new byte[geometry.MessageCapacity];
            var length = frame.Write(packet, geometry, surbs);
            for (var i = 0; i < surbs; i++)
            {
                Hex("surb").CopyTo(packet.AsSpan(SupplyFrame.SurbOffset + (i * Hex("surb").Length)));
            }

            Assert.Equal(entry.GetProperty("frame").GetString(), Convert.ToHexStringLower(packet.AsSpan(0, length)));
            ReadOnlySpan<byte> message = packet.AsSpan(0, length);
            Assert.True(Frame.TryTake(ref message, out var type, out var body) && type == FrameType.Supply);
            Assert.True(SupplyFrame.TryRead(body, geometry, out var read));
            Assert.Equal((frame.State, frame.Asks, frame.Count, frame.Leading), (read.State, read.Asks, read.Count, read.Leading));
            Assert.True(read.Secret.SequenceEqual(Hex("secret")) && read.There.SequenceEqual(there) && read.Surbs.Length == surbs * Hex("surb").Length);
        });
        Assert.All(Entries("malformed_supplies"), entry => Assert.False(SupplyFrame.TryRead(entry.AsSpan(Frame.HeaderBytes), geometry, out _)));
    }

    [Fact]
    [Trait("Spec", "MSG-79")]
    public void Fragments_of_replies_and_notices_are_written_and_read_byte_for_byte()
    {
        var room = new byte[600];
        foreach (var entry in Vector.GetProperty("reply_pieces").EnumerateArray())
        {
            var message = Convert.FromHexString(entry.GetProperty("message").GetString()!);
            Assert.True(ReplyPiece.TryRead(message, PacketGeometry.Default, out var piece));
            Assert.Equal((entry.GetProperty("index").GetInt32(), entry.GetProperty("count").GetInt32()), (piece.Index, piece.Count));
            Assert.Equal(entry.GetProperty("bytes").GetString(), Convert.ToHexStringLower(piece.Bytes));
            Assert.True(room.AsSpan(0, piece.Write(room)).SequenceEqual(message));
        }

        foreach (var entry in Vector.GetProperty("reply_notices").EnumerateArray())
        {
            var message = Convert.FromHexString(entry.GetProperty("message").GetString()!);
            Assert.True(ReplyNotice.TryRead(message, out var kind));
            Assert.Equal(entry.GetProperty("kind").GetInt32(), (int)kind);
            ReplyNotice.Write(kind, room);
            Assert.Equal(message, room[..ReplyNotice.Bytes]);
        }

        Assert.All(Entries("malformed_reply_pieces"), entry => Assert.False(ReplyPiece.TryRead(entry, PacketGeometry.Default, out _)));
        Assert.All(Entries("malformed_reply_notices"), entry => Assert.False(ReplyNotice.TryRead(entry, out _)));
    }

    private static int Number(string name) => Vector.GetProperty(name).GetInt32();

    private static IEnumerable<byte[]> Entries(string name) => Vector.GetProperty(name).EnumerateObject().Select(entry => Convert.FromHexString(entry.Value.GetString()!));

    private static string Text(string name) => Vector.GetProperty(name).GetString()!;

    private static byte[] Hex(string name) => Convert.FromHexString(Text(name));

    private static JsonElement Read()
    {
        using var document = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "anonymous-v1.json")));
        return document.RootElement.Clone();
    }
}
