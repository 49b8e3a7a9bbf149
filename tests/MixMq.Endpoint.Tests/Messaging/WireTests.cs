using FsCheck;
using FsCheck.Fluent;
using MixMq.Crypto;
using MixMq.Endpoint.Messaging;
using MixMq.Endpoint.Messaging.Wire;
using MixMq.Sphinx;
using MixMq.Simulation;
using MixMq.Testing;

namespace MixMq.Endpoint.Tests.Messaging;

public sealed class WireTests
{
    [Fact]
    public void Sizes_are_those_of_the_specification()
    {
        Assert.Equal(259, Envelope.MinBytes);
        Assert.Equal(769, Envelope.MaxBytes);
        Assert.Equal(104, FragmentHeader.ByteCount);
        Assert.Equal(83, Acknowledgement.FixedBytes);
        Assert.Equal(1937, FragmentHeader.PieceBytes(2044));
        Assert.Equal(Envelope.MaxBytes, FragmentHeader.PieceBytes(MessagingConstants.MinMessageCapacity));
    }

    [Fact]
    public void An_envelope_comes_back_as_it_was_written() => Prop.ForAll(
        ArbMap.Default.ArbFor<int>(),
        seed =>
        {
            var random = new SeededRandomSource(seed);
            var written = Create(random);
            byte[] payload = [.. written.ToUnsignedBytes(), 1, 2, 3];
            Assert.True(Envelope.TryRead(payload, out var read, out var length));
            Assert.Equal(payload.Length - 3, length);
            Assert.Equal(written.Place, read.Place);
            Assert.Equal((written.Id, written.To, written.Label, written.Name), (read.Id, read.To, read.Label, read.Name));
            Assert.Equal((written.CreatedUnixMillis, written.ExpiresUnixMillis), (read.CreatedUnixMillis, read.ExpiresUnixMillis));
            Assert.Equal((written.Kind, written.ContentLength), (read.Kind, read.ContentLength));
            Assert.Equal(written.ContentHash, read.ContentHash);
            Assert.Equal(payload[..length], read.ToUnsignedBytes());
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(100).WithReplay(1, 3));

    [Fact]
    [Trait("Spec", "MSG-61")]
    public void A_refusal_names_what_it_was_written_with_and_no_bytes_make_its_reader_fail() => Prop.ForAll(
        ArbMap.Default.ArbFor<int>(),
        seed =>
        {
            var random = new SeededRandomSource(seed);
            var first = 1 + (random.NextUInt64() >> 2);
            var sequences = new SortedSet<ulong>(Enumerable.Range(0, 20).Select(_ => first + (random.NextUInt64() % 1024)));
            var (own, id, secret) = (NodeAddress.FromBytes(new byte[32]), ConversationId.OfName("c"), ConversationSecret.Create(random));
            var frame = new byte[Frame.HeaderBytes + Refusal.FixedBytes + Refusal.MaxBitmapBytes];
            var body = frame.AsSpan(0, Refusal.Write(frame, own, id, secret, sequences))[Frame.HeaderBytes..];
            Assert.True(Refusal.TryRead(body, out var read) && Refusal.HasTag(body, secret) && read.Refuser == own && read.Conversation == id);
            for (var sequence = first; sequence < first + 1100; sequence++)
            {
                Assert.Equal(sequences.Contains(sequence), read.Names(sequence));
            }

            for (var length = 0; length < body.Length; length++)
            {
                Assert.False(Refusal.TryRead(body[..length], out _));
            }

            body[Refusal.AfterTag + 8] = 0;
            Assert.False(Refusal.TryRead(body[..Refusal.FixedBytes], out _));
            random.Fill(body);
            Refusal.TryRead(body, out _);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(50).WithReplay(1, 5));

    [Fact]
    public void No_cut_envelope_is_read()
    {
        var bytes = Create(new SeededRandomSource(1)).ToUnsignedBytes();
        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.False(Envelope.TryRead(bytes.AsSpan(0, length), out _, out _));
        }
    }

    [Theory]
    [Trait("Spec", "MSG-4")]
    [InlineData(0, 3)] // kind
    [InlineData(81, 1)] // conversation id, no longer its name's
    [InlineData(112, 0x80)] // created beyond any time
    [InlineData(157, 1)] // content length above 4 MiB
    public void An_envelope_that_contradicts_itself_is_not_read(int offset, byte flip)
    {
        var bytes = Create(new SeededRandomSource(1)).ToUnsignedBytes();
        bytes[offset] ^= flip;
        Assert.False(Envelope.TryRead(bytes, out _, out _));
    }

    [Fact]
    public void A_label_that_is_not_text_is_not_read()
    {
        var bytes = Create(new SeededRandomSource(1)).ToUnsignedBytes();
        Assert.True(bytes[193] > 0);
        bytes[194] = 0xff;
        Assert.False(Envelope.TryRead(bytes, out _, out _));
    }

    [Fact]
    public void Ids_come_back_from_their_text()
    {
        var id = MessageId.FromBytes([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 255]);
        Assert.Equal("000102030405060708090a0b0c0d0eff", id.ToString());
        Assert.True(MessageId.TryParse(id.ToString(), out var read));
        Assert.Equal(id, read);
        Assert.False(MessageId.TryParse("0x0102030405060708090a0b0c0d0eff", out _));
        Assert.False(MessageId.TryParse("", out _));
        Assert.False(ConversationId.TryParse(null, out _));
        Assert.True(MessageId.FromBytes(new byte[16]) < id);
    }

    private static Envelope Create(SeededRandomSource random)
    {
        var name = new string('n', random.NextInt32(256));
        var tombstone = random.NextInt32(2) == 1;
        return new()
        {
            Kind = tombstone ? EnvelopeKind.Tombstone : EnvelopeKind.Message,
            From = NodeAddress.FromBytes(Bytes(random, 32)),
            To = NodeAddress.FromBytes(Bytes(random, 32)),
            Id = MessageId.FromBytes(Bytes(random, 16)),
            Conversation = ConversationId.OfName(name),
            Sequence = random.NextUInt64() >> 1,
            CreatedUnixMillis = (long)(random.NextUInt64() >> 1),
            ExpiresUnixMillis = (long)(random.NextUInt64() >> 1),
            Secret = ConversationSecret.Create(random),
            ContentLength = tombstone ? 0 : random.NextInt32(MessagingConstants.MaxWholeContentBytes + 1),
            ContentHash = tombstone ? new byte[32] : Bytes(random, 32),
            Label = new string('ö', 1 + random.NextInt32(127)),
            Name = name,
        };
    }

    private static byte[] Bytes(SeededRandomSource random, int count)
    {
        var bytes = new byte[count];
        random.Fill(bytes);
        return bytes;
    }
}
